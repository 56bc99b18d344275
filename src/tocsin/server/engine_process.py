"""The engine in a process of its own, so that HTTP and matching have a processor each.

The process may be killed at any time: it is started again, and goes on where it was. It ends by
itself when its parent is gone.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tocsin.engine.lock import Lock
from tocsin.server.identity import identity
from tocsin.server.warming import warm_engine

if TYPE_CHECKING:  # the parent does without them, and is ready sooner
    from tocsin.engine.compiled import Compiled
    from tocsin.journal.reader import JournalReader
    from tocsin.live.engine import Engine
    from tocsin.live.options import Options
    from tocsin.store.store import Store

LOG = logging.getLogger("tocsin.engine")

REPORT = 0.25
"""Seconds between two reports to the parent."""

KEPT = 4
"""Rule sets that are kept while the engine has not come to where they begin to hold."""

PATIENCE = 30.0
"""Seconds to wait for an earlier engine that has not ended yet."""


class Prepared(NamedTuple):
    """Rules ready to run. ``key`` names their content, ``loaded`` counts those asked for."""

    compiled: Compiled
    key: str
    loaded: int

    @property
    def running(self) -> int:
        """How many rules can run."""
        return sum(plan is not None for plan in self.compiled.plans)


class PreparingError(Exception):
    """Rules cannot be used, for the reason given."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the process does; it is pickled on its way there.

    ``prepare`` loads and compiles the rules as they are now (raises PreparingError), ``options``
    makes the engine's; ``log`` sets up logging.
    """

    data: Path
    journal: Path
    store: str
    prepare: Callable[[], Prepared]
    options: Callable[[], Options]
    log: Callable[[], None]


class _Rules:
    """Compiled rule sets by key: the one that runs, and those that were asked for since."""

    def __init__(self, prepared: Prepared) -> None:
        self.active = self.latest = prepared.key
        self._known = {prepared.key: prepared.compiled}

    def add(self, prepared: Prepared) -> bool:
        """Keep a set until the journal says from where on it holds; False if it is the latest."""
        if prepared.key == self.latest:
            return False
        self.latest = prepared.key
        self._known.pop(prepared.key, None)
        self._known[prepared.key] = prepared.compiled
        for key in list(self._known)[:-KEPT]:
            if key != self.active:
                del self._known[key]
        return True

    def load(self, note: bytes) -> Compiled | None:
        """The rules that a frame of the journal names, if they are others than those that run."""
        key = note.decode()
        compiled = self._known.get(key)
        if compiled is None or key == self.active:
            return None
        self.active = key
        return compiled


def main(work: Work, pipe: Connection) -> None:
    """What the process runs."""
    from tocsin.journal.reader import JournalReader  # noqa: PLC0415 - see above
    from tocsin.store.error import StoreError  # noqa: PLC0415
    from tocsin.store.store import Store  # noqa: PLC0415

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to all; the parent says when to stop
        signal.signal(number, signal.SIG_IGN)
    work.log()
    try:
        prepared = work.prepare()
    except PreparingError as error:
        pipe.send(("failed", str(error)))
        return
    lock = _held(work.data / "engine.lock", stop)
    try:
        with Store.open(work.store, create=False) as store, JournalReader(work.journal) as journal:
            store.act_for(identity(work.data))
            _run(work, prepared, store, journal, pipe, stop)
    except StoreError as error:  # what it lacks stands in the journal
        LOG.error("the store cannot be used: %s", error)  # noqa: TRY400 - it says it all
        raise SystemExit(1) from None
    finally:
        lock.release()


def _run(
    work: Work,
    prepared: Prepared,
    store: Store,
    journal: JournalReader,
    pipe: Connection,
    stop: threading.Event,
) -> None:
    from tocsin.live.engine import Engine  # noqa: PLC0415 - see above

    rules = _Rules(prepared)
    engine = Engine(journal, store, prepared.compiled, work.options(), load=rules.load)
    warm_engine()
    pipe.send(("started", _about(prepared)))
    listener = threading.Thread(
        target=_listen, args=(work, engine, rules, pipe, stop), daemon=True, name="parent"
    )
    listener.start()
    try:
        engine.run(stop.is_set)
    finally:
        stop.set()
        listener.join(PATIENCE)
    with suppress(OSError):  # nobody listens if the server was killed
        pipe.send(("counts", engine.counts.as_json()))
        pipe.send(("stopped", None))


def _listen(
    work: Work, engine: Engine, rules: _Rules, pipe: Connection, stop: threading.Event
) -> None:
    """Report to the parent, and do what it asks."""
    try:
        while not stop.is_set():
            if pipe.poll(REPORT):
                asked = pipe.recv()
                if asked == "stop":
                    stop.set()
                elif asked == "reload":
                    _reload(work, rules, pipe)
            else:
                pipe.send(("counts", engine.counts.as_json()))
    except (EOFError, OSError):
        LOG.warning("the server is gone; the engine stops")
    finally:
        stop.set()


def _reload(work: Work, rules: _Rules, pipe: Connection) -> None:
    """Compile the rules as they are now, for the journal to say from where on they hold."""
    try:
        prepared = work.prepare()
    except PreparingError as error:
        pipe.send(("not reloaded", str(error)))
        return
    except Exception as error:  # whatever it is, the former rules go on
        LOG.exception("loading the rules failed")
        pipe.send(("not reloaded", repr(error)))
        return
    pipe.send(("compiled" if rules.add(prepared) else "same", _about(prepared)))


def _about(prepared: Prepared) -> dict[str, Any]:
    return {"key": prepared.key, "loaded": prepared.loaded, "running": prepared.running}


def _held(path: Path, stop: threading.Event) -> Lock:
    """The lock of the engine; an earlier one may take a moment to end."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return Lock(path)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            stop.wait(0.1)
