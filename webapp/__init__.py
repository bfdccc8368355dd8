"""Foyer: the front door of a multi-industry B2B product."""
