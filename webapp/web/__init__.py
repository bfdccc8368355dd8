"""Plumbing shared by all pages: who is asking, guards, headers, error pages. Nothing here knows a single page."""
