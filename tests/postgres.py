"""A PostgreSQL of the tests' own: in a temporary folder, behind a socket that only they know."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REASON = "needs PostgreSQL's programs (Debian: apt-get install postgresql) and pg8000"


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, if it can be run here."""
    try:
        import pg8000  # noqa: F401
    except ImportError:
        return None
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))  # noqa: PTH207
    name = found[-1] if found else shutil.which("initdb")
    if name is None or (os.getuid() == 0 and _owner() is None):
        return None
    return Path(name).resolve().parent


def _owner() -> str | None:
    """Whom the server runs as: it refuses to be root."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return None


@contextmanager
def cluster(bin_folder: Path) -> Iterator[str]:
    """Start a server; the URL of its database, without settings."""
    owner = _owner()
    memory = Path("/dev/shm")  # nothing of it has to last
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30
    folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-", dir=memory if roomy else None))
    if owner is not None:
        shutil.chown(folder, owner)
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(  # noqa: S603 - our own server
            command, check=True, user=owner, cwd=folder, capture_output=True, timeout=60, env={}
        )

    try:
        run(
            f"{bin_folder}/initdb", "-D", str(data), "-U", "tocsin", "-A", "trust", "-E", "UTF8",
            "--locale=C", "-N",
        )  # fmt: skip
        # nothing outlives the tests, so nothing is synced
        settings = f"-k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off"
        control = f"{bin_folder}/pg_ctl"
        log = str(folder / "log")
        run(control, "-D", str(data), "-o", settings, "-l", log, "-w", "start")
        try:
            yield f"postgresql://tocsin@/postgres?host={folder}"
        finally:
            run(control, "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
