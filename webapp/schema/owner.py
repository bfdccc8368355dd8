"""Connections of the role that owns the tables: for releases and repairs, never for a request."""

from sqlalchemy import Engine, NullPool, create_engine

from webapp.config import Settings
from webapp.database import NETWORK_OPTIONS

# Whoever waits for a table lock makes everyone behind them wait too, so this work gives up soon and tries again.
TIMEOUTS = "-c lock_timeout=2000 -c statement_timeout=900000 -c idle_in_transaction_session_timeout=900000"


def owner_engine(settings: Settings, application_name: str) -> Engine:
    """An engine whose connections are closed when they are done with. The name is what pg_stat_activity shows."""
    return create_engine(
        settings.owner_database_url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"options": TIMEOUTS, "application_name": application_name, **NETWORK_OPTIONS},
    )
