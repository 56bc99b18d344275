"""A file that one process at a time holds, until it lets go or ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path


class Lock:
    """Holds a file. Raises BlockingIOError if another process does, OSError if there is no way."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _hold(self._file)
        except OSError as error:
            os.close(self._file)
            if isinstance(error, BlockingIOError | PermissionError):
                raise BlockingIOError(f"{path} is held by another process") from error
            raise

    @property
    def lost(self) -> bool:
        """Whether the file that is held is no longer where it was: somebody else may hold another.

        Its folder may have been removed, moved, or covered by another disk.
        """
        try:
            return not os.path.samestat(os.fstat(self._file), self._path.stat())
        except OSError:
            return True

    def release(self) -> None:
        """Let go."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


if sys.platform == "win32":
    import msvcrt

    def _hold(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _hold(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
