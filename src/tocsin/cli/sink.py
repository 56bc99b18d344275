"""Where a command's results go: a file, or standard output, whose reader may leave."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import click

from tocsin.cli.failure import CannotRun
from tocsin.cli.streams import PLAIN

_LAYOUT = {ord("\n"): None, ord("\t"): None}


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
        """Write bytes as they are; what would steer a terminal is escaped on one, as in JSON."""
        self._put(_steady(content) if self.is_terminal else content)

    def text(self, content: str) -> None:
        """Write text for people, in the encoding of the terminal where there is one."""
        self._put(content.encode(self._encoding, PLAIN))

    def _put(self, content: bytes) -> None:
        if self.gone:
            return
        try:
            self._out.write(content)
        except BrokenPipeError:
            self.gone = True
        except OSError as error:
            raise _cannot_write(self._name, error) from error

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


def _steady(content: bytes) -> bytes:
    """Lines of JSON or CSV, in which a terminal finds nothing to obey."""
    text = content.decode("utf-8", "replace")
    if text.translate(_LAYOUT).isprintable():
        return content
    return "".join(
        char if char.isprintable() or char in "\n\t" else json.dumps(char)[1:-1] for char in text
    ).encode()


def echo(content: bytes) -> None:
    """Write a line for programs to standard output, as a `Sink` would."""
    click.echo(_steady(content) if sys.stdout.isatty() else content)


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
