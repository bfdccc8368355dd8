"""The demo's own settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from webapp.config import Environment, SettingsProblem, read_environment, reader_of


@dataclass(frozen=True)
class DemoSettings:
    """Where the demo listens and keeps its data."""

    port: int
    provider_port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def issuer(self) -> str:
        """On `localhost` while the application is on 127.0.0.1: two sites to a browser, as in production."""
        return f"http://localhost:{self.provider_port}/"


def read_demo_settings(environ: Mapping[str, str] | None = None) -> DemoSettings:
    """`PORT`, `IDP_PORT` and `FOYER_VAR`. Raises SettingsProblem, also when FOYER_ENV says production."""
    reader = reader_of(environ)
    if read_environment(reader) is Environment.PRODUCTION:
        reader.refuse("the demo refuses to run with FOYER_ENV=production: it signs anybody in without a password")
    port = reader.whole("PORT", 8000, 1, 65_535)
    settings = DemoSettings(
        port=port,
        provider_port=reader.whole("IDP_PORT", port + 1, 1, 65_535),
        folder=Path(reader.text("FOYER_VAR") or "var").absolute(),
    )
    if settings.provider_port == settings.port:
        reader.refuse("PORT and IDP_PORT must differ")
    if reader.problems:
        raise SettingsProblem(reader.problems)
    return settings
