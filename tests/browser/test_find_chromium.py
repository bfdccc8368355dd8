"""Bringing a Chromium where there is none and none is to be had: it says what helps, and ends the run."""

import subprocess
import sys
from pathlib import Path

from tests.browser.find_chromium import HELP

ROOT = Path(__file__).parent.parent.parent
FIND = """
import sys
from tests.browser import find_chromium
find_chromium.APPLICATIONS = ()  # a Mac keeps its programs where no PATH leads
sys.exit(find_chromium.main())
"""


def test_without_a_chromium_and_without_a_way_to_bring_one_it_says_what_helps(tmp_path: Path):
    nothing_here = {
        "PATH": str(tmp_path),
        "HOME": str(tmp_path),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path),
        "PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9",  # where nobody listens
    }

    ended = subprocess.run(
        [sys.executable, "-c", FIND],
        cwd=ROOT,
        env=nothing_here,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.endswith(HELP + "\n")
