"""Folders of one process, which it removes when it ends, and which are swept once it is gone in whatever way."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "foyer-pg-"
_MEMORY = Path("/dev/shm")
_PLENTY = 2 << 30  # bytes; a container may have no more than 64 MB of shared memory


def make_folder() -> Path:
    """A folder of this process, with a short name, because a socket's path may have 100 bytes."""
    return _marked(Path(tempfile.gettempdir()))


def make_quick_folder() -> Path:
    """The same for little data, in memory where there is plenty: a disk that others keep busy can hold a write up for
    seconds."""
    is_plenty = os.access(_MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(_MEMORY).free > _PLENTY
    return _marked(_MEMORY if is_plenty else Path(tempfile.gettempdir()))


def sweep_stale_folders() -> None:
    """Removes the folders whose process is gone; a killed run leaves 40 MB behind, and 8 for each database."""
    if not Path("/proc/self").exists():
        return
    for parent in {Path(tempfile.gettempdir()), _MEMORY}:
        for folder in parent.glob(f"{PREFIX}*"):
            with contextlib.suppress(FileNotFoundError, ValueError, PermissionError):
                if not Path(f"/proc/{int((folder / 'pid').read_text())}").exists():
                    shutil.rmtree(folder, ignore_errors=True)


def _marked(parent: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    (folder / "pid").write_text(str(os.getpid()))
    return folder
