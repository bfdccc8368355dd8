"""Some of these tests bring a database of their own."""

from tests.own_database import ahead, database_ahead, own, own_database

__all__ = ["ahead", "database_ahead", "own", "own_database"]
