"""The business in plain Python: stored words, limits and refusals.

Nothing here knows Flask, SQLAlchemy, a clock or a network, so every rule can be tested by calling a function.
"""
