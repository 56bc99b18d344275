"""The process that answers questions of people: it may be killed whenever one takes too much.

It only reads. It ends by itself when its parent is gone, or nobody has asked for a while.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the parent needs none of it
    from tocsin.corpus.ask.readable import Readable

LOG = logging.getLogger("tocsin.ask")

PATIENCE = 900.0
"""Seconds without a question after which the process ends."""

BEHIND_INGEST = 5
"""How much it lets others go first, as `nice` has it."""

Task = Callable[["Readable"], Any]
"""What is to be done; it and its result are pickled, and what it tells of its progress."""

PROGRESS = "progress"
"""What an account of a task's progress is called on its way."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are stored; ``log`` sets up logging."""

    journal: Path
    events: Path
    log: Callable[[], None]


def main(places: Places, pipe: Connection) -> None:
    """What the process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # sent to all; the parent says when to stop
    places.log()
    with suppress(AttributeError, OSError):
        os.nice(BEHIND_INGEST)
    with suppress(EOFError, OSError):
        _serve(places, pipe)


def _serve(places: Places, pipe: Connection) -> None:
    import pyarrow as pa  # noqa: PLC0415 - see above

    from tocsin.corpus.ask.readable import Readable  # noqa: PLC0415 - see above
    from tocsin.corpus.fresh_part import GoneError  # noqa: PLC0415 - see above
    from tocsin.corpus.stock import COMMON, OFTEN  # noqa: PLC0415 - see above
    from tocsin.journal.errors import JournalError  # noqa: PLC0415 - see above
    from tocsin.journal.reader import JournalReader  # noqa: PLC0415
    from tocsin.journal.sealed.archive import Shelf  # noqa: PLC0415
    from tocsin.server.warming import warm_engine, warm_questions  # noqa: PLC0415

    with JournalReader(places.journal) as journal, ExitStack() as ending:
        readable = Readable(Shelf(places.events), journal)
        readable.tell = lambda progress: pipe.send((PROGRESS, progress))
        warm_engine()
        pipe.send(("ready", None))
        if not pipe.poll():
            warm_questions()
        gc.freeze()  # programs stay: a collection amid a question would look through all of them
        ending.callback(gc.unfreeze)
        # where something is wrong, who asks is told
        with suppress(FileNotFoundError, GoneError, JournalError, pa.ArrowException):
            readable.stock.warm((*COMMON, *OFTEN), pipe.poll)
        while pipe.poll(PATIENCE):
            task: Task = pipe.recv()
            pipe.send(done(task, readable))


def done(task: Task, readable: Readable) -> tuple[str, Any]:
    """What became of a task: ``("found", result)`` or ``("failed", exception)``."""
    from tocsin.corpus.ask.asked import TooMuchError  # noqa: PLC0415 - see above
    from tocsin.languages import QueryError  # noqa: PLC0415

    try:
        return "found", task(readable)
    except (QueryError, TooMuchError) as error:
        return "failed", error
    except MemoryError:
        return "failed", TooMuchError("It needs more memory than there is. Ask about less.")
    except Exception:
        LOG.exception("a question failed")
        return "failed", TooMuchError("The question could not be answered; the log says why.")
