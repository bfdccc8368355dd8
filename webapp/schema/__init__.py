"""The database as it is, held against what the code needs: who may do what in it, what differs, and how that is mended.

Commands, `migrations/env.py` and the health pages come here; requests of people never do.
"""
