"""Tests run on a real PostgreSQL built by the migrations, against a real provider over HTTP, in a real browser."""
