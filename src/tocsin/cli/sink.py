"""Where a command's results go: a file, or standard output, whose reader may leave."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from tocsin.cli.failure import CannotRun
from tocsin.cli.streams import PLAIN


class Sink:
    """Takes bytes. Once the reader of a pipe has left, nothing is written any more.

    Attributes
    ----------
    gone
        Whether nobody reads any longer. Work that only makes output can stop then.
    is_terminal
        Whether a person looks at what is written, as it is written.
    """

    def __init__(self, out: IO[bytes], name: str, encoding: str = "utf-8") -> None:
        self._out = out
        self._name = name
        self._encoding = encoding
        self.gone = False
        self.is_terminal = out.isatty()

    def write(self, content: bytes) -> None:
        """Write bytes as they are."""
        if self.gone:
            return
        try:
            self._out.write(content)
        except BrokenPipeError:
            self.gone = True
        except OSError as error:
            raise _cannot_write(self._name, error) from error

    def text(self, content: str) -> None:
        """Write text for people, in the encoding of the terminal where there is one."""
        self.write(content.encode(self._encoding, PLAIN))

    def flush(self) -> None:
        """Let the reader have what was written."""
        if self.gone:
            return
        try:
            self._out.flush()
        except BrokenPipeError:
            self.gone = True
        except OSError as error:
            raise _cannot_write(self._name, error) from error


@contextmanager
def opened(path: str | None) -> Iterator[Sink]:
    """A sink for a file, or for standard output where there is no name, or ``-``."""
    if path is None or path == "-":
        sink = Sink(sys.stdout.buffer, "standard output", sys.stdout.encoding)
        yield sink
        sink.flush()
        return
    file = _create(path)
    try:
        sink = Sink(file, path)
        yield sink
        sink.flush()
        _close(file, path)
    finally:
        with suppress(OSError):  # what could not be written has been told
            file.close()


def _create(path: str) -> IO[bytes]:
    """A new file, opened before the work begins, so that nobody waits for nothing."""
    try:
        return Path(path).open("wb")
    except OSError as error:
        raise _cannot_write(path, error) from error


def _close(file: IO[bytes], path: str) -> None:
    """Some file systems say only now that there was no room."""
    try:
        file.close()
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(name: str, error: OSError) -> CannotRun:
    return CannotRun(f"cannot write {name}: {error.strerror or error}")
