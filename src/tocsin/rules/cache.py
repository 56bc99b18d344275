"""Keep what is costly to make, compiled rules say, between runs: files in a private folder.

What is kept is Python's own pickle, which can do anything when it is read. So a file is read only
if it and its folder belong to this very user and nobody else may write or read them, and if its
content is what was written. It is never taken from a rules archive or a shared place. Anything that
is off is a miss, never an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import importlib.metadata
import os
import pickle
import platform
import stat
import sys
import tempfile
from functools import cache
from pathlib import Path

from tocsin.columns.collector import paused
from tocsin.rules.pickled import pickled

MOST_BYTES = 512 << 20
"""The most that the files of a cache may be long together; the oldest go first."""

_MAGIC = b"tocsin cache 1\n"
_DIGEST = hashlib.sha256().digest_size
_SUFFIX = ".kept"
_PACKAGE = Path(__file__).resolve().parent.parent


class Cache:
    """Objects by key. ``directory`` is made if it is missing, with access for its owner only."""

    def __init__(self, directory: str | Path, most_bytes: int = MOST_BYTES) -> None:
        self._directory = Path(directory)
        self._most_bytes = most_bytes

    @classmethod
    def private(cls) -> Cache:
        """The cache of this user: see `default_directory`."""
        return cls(default_directory())

    def get(self, key: str) -> object | None:
        """What was put under a key by this very version of everything, or None."""
        try:
            if not _is_private(self._directory):
                return None
            path = self._path(key)
            content = _private_bytes(path, self._most_bytes)
            start = len(_MAGIC) + _DIGEST
            body = memoryview(content)[start:]
            digest = hashlib.sha256(body).digest()
            if not hmac.compare_digest(content[:start], _MAGIC + digest):
                return None
            with paused():
                found: object = pickle.loads(body)  # noqa: S301 - see the module's docstring
            os.utime(path)
        except Exception:  # noqa: BLE001 - a damaged cache is a miss, whatever it breaks
            return None
        return found

    def put(self, key: str, value: object) -> None:
        """Keep a value; does nothing if it cannot be pickled, is too long, or the disk is full."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_private(self._directory):
                return
            body = pickled(value)
            if len(body) > self._most_bytes:
                return
            self._write(self._path(key), _MAGIC + hashlib.sha256(body).digest(), body)
            self._evict()
        except Exception:  # noqa: BLE001 - what cannot be kept is made again next time
            return

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(f"{versions()}\n{key}".encode("utf-8", "replace")).hexdigest()
        return self._directory / f"{name}{_SUFFIX}"

    def _write(self, path: Path, *parts: bytes) -> None:
        """Write a file as a whole: others see the old content or the new, never a part."""
        handle, name = tempfile.mkstemp(prefix="new-", dir=self._directory)
        try:
            with os.fdopen(handle, "wb") as stream:
                for part in parts:
                    stream.write(part)
            os.replace(name, path)  # noqa: PTH105 - the name is a string already
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108 - as above
            raise

    def _evict(self) -> None:
        """Remove the files that were used longest ago until the rest is short enough."""
        kept = []
        with os.scandir(self._directory) as entries:
            for entry in entries:
                if entry.name.endswith(_SUFFIX) or entry.name.startswith("new-"):
                    status = entry.stat(follow_symlinks=False)
                    kept.append((status.st_mtime_ns, entry.name, status.st_size))
        total = sum(size for *_, size in kept)
        for _, name, size in sorted(kept):
            if total <= self._most_bytes:
                break
            (self._directory / name).unlink(missing_ok=True)
            total -= size


def default_directory() -> Path:
    """``rules`` in ``$TOCSIN_CACHE_DIR``, else in the place for caches of this user."""
    if named := os.environ.get("TOCSIN_CACHE_DIR"):
        return Path(named) / "rules"
    try:
        return _user_caches() / "tocsin" / "rules"
    except RuntimeError:
        # A user without a home: a folder that cannot be made, so that nothing is kept.
        return Path(os.devnull) / "tocsin"


def _user_caches() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The standard says that a relative path there is to be ignored.
    return Path(base) if base.startswith("/") else Path.home() / ".cache"


@cache
def versions() -> str:
    """All that a kept object depends on: Python, the machine, the libraries, Tocsin's own code."""
    code = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        status = path.stat()
        relative = path.relative_to(_PACKAGE).as_posix()
        code.update(f"{relative} {status.st_size} {status.st_mtime_ns}\n".encode())
    parts = [sys.version, platform.machine(), sys.platform, code.hexdigest()]
    parts += [f"{name} {_version(name)}" for name in ("numpy", "numba", "pyarrow")]
    return "\n".join(parts)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _is_private(directory: Path) -> bool:
    """Whether a folder is one, is this user's, and nobody else may look or write into it."""
    return stat.S_ISDIR((status := directory.lstat()).st_mode) and _is_own(status)


def _is_own(status: os.stat_result) -> bool:
    if sys.platform == "win32":
        # A user's local folder there is private by inheritance; modes say nothing.
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _private_bytes(path: Path, most: int) -> bytes:
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as stream:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or not _is_own(status) or status.st_size > 2 * most:
            raise OSError("not a private file")
        return stream.read()
