"""The database as it is, held against what the code needs: who may do what in it, and later how it may be mended.

Commands, `migrations/env.py` and the health pages come here; requests of people never do.
"""
