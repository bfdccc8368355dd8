"""How long Foyer takes to be made, in a process of its own: `python -m bench.starting`. Exits 1 if that is too long."""

import os
import subprocess
import sys

from bench.figures import Figure, print_figures

GOAL_SECONDS = 1.0
ENOUGH = {
    "FOYER_ENV": "production",
    "BASE_URL": "https://foyer.example",
    "DATABASE_URL": "postgresql://foyer@/foyer",
    "SECRET_KEY": "x" * 40,
    "AUTH0_DOMAIN": "tenant.eu.auth0.example",
    "AUTH0_CLIENT_ID": "foyer",
    "AUTH0_CLIENT_SECRET": "a-client-secret-that-nobody-else-knows",
}
PROGRAM = "import time, webapp; began = time.perf_counter(); webapp.create_app(); print(time.perf_counter() - began)"


def main() -> int:
    seconds = min(seconds_to_make_it() for _ in range(3))
    found = Figure("make the application, the best of three", f"{seconds:.2f} s", "under 1 s", seconds < GOAL_SECONDS)
    return 0 if print_figures("Starting", [found]) else 1


def seconds_to_make_it() -> float:
    command, environment = [sys.executable, "-c", PROGRAM], {"PATH": os.environ["PATH"], **ENOUGH}
    return float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
