"""Copies of this build, changed as a developer would change it, and run as processes of their own."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from webapp.config import Settings, environment_for_child

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("webapp", "seeds", "migrations", "templates", "static")
FILES = ("wsgi.py", "gunicorn.conf.py")
INDUSTRIES = "webapp/domain/industries.py"
PLANS = "webapp/domain/plans.py"
ROLES = "webapp/domain/roles.py"


@dataclass(frozen=True)
class Build:
    """The files of one build."""

    folder: Path

    @property
    def migrations(self) -> Path:
        return self.folder / "migrations"

    def edit(self, name: str, before: str, after: str) -> None:
        """Replaces a text that stands exactly once in a file."""
        path = self.folder / name
        text = path.read_text()
        assert text.count(before) == 1, f"{name} has {text.count(before)} times {before!r}"
        path.write_text(text.replace(before, after))

    def add_spa(self) -> None:
        """A new industry, as industries.py says: one member and one entry, before "Something else"."""
        self.edit(INDUSTRIES, '    DEFAULT = "default"\n', '    SPA = "spa"\n    DEFAULT = "default"\n')
        gym = (self.folder / INDUSTRIES).read_text().split("    Industry.GYM: ")[1].split("    Industry.B2B: ")[0]
        spa = gym.replace('"93110", "93130", "93199"', '"96040"').replace("Gym or leisure", "Spa").replace("Gym", "Spa")
        spa = spa.replace("a gym", "a spa").replace("gyms", "spas")
        self.edit(INDUSTRIES, "    Industry.DEFAULT: Indus", f"    Industry.SPA: {spa}    Industry.DEFAULT: Indus")

    def flask(self, environment: Mapping[str, str], *words: str, ends: int = 0) -> str:
        """Runs a command of this build to its end, which must be this one. Gives what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=self.folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == ends, f"flask {' '.join(words)} ended with {done.returncode}:\n{done.stderr}"
        return done.stdout + done.stderr


THIS_BUILD = Build(ROOT)


def copy_build(folder: Path) -> Build:
    """This build as it stands, in a folder of its own."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name)
    for name in FILES:
        shutil.copy2(ROOT / name, folder / name)
    return Build(folder)


def environment_of(settings: Settings, **others: str) -> dict[str, str]:
    """What a process needs to come to these settings."""
    return environment_for_child(
        {
            "FOYER_ENV": settings.environment.value,
            "DATABASE_URL": settings.database_url,
            "OWNER_DATABASE_URL": settings.owner_database_url,
            "SECRET_KEY": settings.secret_key,
            "BASE_URL": settings.base_url,
            "OIDC_ISSUER": settings.oidc_issuer,
            "AUTH0_CLIENT_ID": settings.oidc_client_id,
            "AUTH0_CLIENT_SECRET": settings.oidc_client_secret,
            **others,
        }
    )
