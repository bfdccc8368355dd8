"""The one-command stack: a private PostgreSQL, a local identity provider, and the process that runs them beside Foyer.

For demos and tests on one machine. It refuses to run with FOYER_ENV=production.
"""
