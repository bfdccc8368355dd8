"""Finds a Chromium for the browser tests, or brings one. It never lets them be skipped.

Run by `make test` before the tests: `python -m tests.browser.find_chromium`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import playwright
from playwright.sync_api import Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
HELP = """There is no Chromium for the browser tests. Any of these helps:
  sudo apt-get install chromium libatomic1
  .venv/bin/playwright install chromium
  FOYER_CHROMIUM=/path/to/chrome make test"""


def find_chromium() -> str | None:
    """The path of a Chromium, chosen by FOYER_CHROMIUM or found among what is installed."""
    if chosen := os.environ.get("FOYER_CHROMIUM"):
        return chosen
    if installed := next(filter(None, map(shutil.which, NAMES)), None):
        return installed
    if application := next((path for path in APPLICATIONS if Path(path).exists()), None):
        return application
    try:
        with sync_playwright() as driver:
            path = driver.chromium.executable_path
    except Error:
        return None
    return path if Path(path).exists() else None


def can_drive() -> bool:
    """Whether Playwright's driver starts: its Node needs libatomic, which a small Debian lacks."""
    node = Path(playwright.__file__).parent / "driver" / ("node.exe" if os.name == "nt" else "node")
    return subprocess.run([node, "--version"], capture_output=True, check=False).returncode == 0


def bring_chromium() -> None:
    """Installs one the way this machine can."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium with apt-get (about 200 MB, once)", flush=True)
        quietly = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
        subprocess.run(["apt-get", "update", "-qq"], check=False, **quietly)
        packages = ["chromium", "libatomic1"]
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], check=False, **quietly
        )
    else:
        print("Fetching Playwright's own Chromium (once)", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    if not (can_drive() and find_chromium()):
        bring_chromium()
    if can_drive() and find_chromium():
        return 0
    print(HELP, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
