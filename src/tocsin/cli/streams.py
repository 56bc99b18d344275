"""Standard streams as they are met in the world: in any encoding, closed, gone or full."""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TextIO

PLAIN = "tocsin.plain"
"""Name of the way to encode what an encoding lacks: a plain likeness, else an escape."""

_LIKENESS = str.maketrans("·•…→▌─━\u2013\u2014\u2018\u2019«»\u201c\u201d", '-*~>|-=--\'\'""""')


def _plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end].translate(_LIKENESS)
    return lacking.encode("ascii", "backslashreplace").decode(), error.end


def prepare() -> None:
    """Make both streams take any text; what is written to a stream that was closed is dropped.

    Standard input that was closed is empty, and bytes in it that are no text are escaped.
    """
    codecs.register_error(PLAIN, _plainly)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAIN)
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    elif isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="backslashreplace")


def settle() -> str:
    """Write out what waits; why that failed, empty if it did not. A reader that left is no failure.

    A stream that failed leads nowhere afterwards, so that Python's own end stays quiet.
    """
    trouble = ""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            _lead_nowhere(stream)
        except (OSError, ValueError) as error:
            trouble = getattr(error, "strerror", None) or str(error)
            _lead_nowhere(stream)
    return trouble


def _lead_nowhere(stream: TextIO) -> None:
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
