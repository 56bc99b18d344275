"""The rules for pages, made ready by another process so that nobody waits for it.

The process loads and looks through all rules, hands them over in small parts, runs the tests beside
them, and ends. It is started a while after the engine, or when somebody first asks, and again when
the engine has other rules.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from tocsin.server.deafness import deaf

if TYPE_CHECKING:
    from tocsin.rules.rule import Rule
    from tocsin.web.shelf import Shelf, Tried

LOG = logging.getLogger("tocsin.server")

PAUSE = 5.0
"""Seconds before the process is started if nobody asks."""

LOOK = 1.0
"""Seconds between two looks at whether the rules are others."""

NICE = 10
"""The engine goes first where processors are few."""


class RuleDesk:
    """Rules for pages. Any thread may ask.

    Parameters
    ----------
    make
        Makes the shelf, in the other process; raises ValueError or OSError if it cannot.
    key
        Names the rules as they are now; None: they are not known yet.

    Attributes
    ----------
    shelf
        The rules; None as long as there are none.
    trouble
        Why they could not be read; empty if they were.
    """

    def __init__(self, make: Callable[[], Shelf] | None, key: Callable[[], object]) -> None:
        self._make = make
        self._key = key
        self._known: object = None
        self._asked = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._mind, name="rules", daemon=True)
        self._process: Any = None
        self.shelf: Shelf | None = None
        self.trouble = "" if make is not None else "this server has no rules to show"

    def start(self) -> None:
        """Begin, in a thread."""
        if self._make is not None:
            self._thread.start()

    def stop(self) -> None:
        """End, and the process with it."""
        self._stop.set()
        self._asked.set()
        process = self._process
        if process is not None and process.is_alive():
            process.kill()
        if self._thread.ident is not None:
            self._thread.join(10)
        gc.unfreeze()

    def ask(self) -> Shelf | None:
        """The rules as they are; if there are none yet, they are read without further delay."""
        self._asked.set()
        return self.shelf

    def rule(self, name: str) -> Rule | None:
        """The rule of an id; None if there is none, or none are known."""
        shelf = self.ask()
        return None if shelf is None else shelf.library.by_id.get(name)

    def put(self, shelf: Shelf) -> None:
        """Have these rules from now on."""
        self.shelf = shelf

    def _mind(self) -> None:
        self._asked.wait(PAUSE)
        while not self._stop.is_set():
            key = self._key()
            if key is not None and key != self._known:
                self._known = key
                self._read()
            self._stop.wait(LOOK)

    def _read(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_main, args=(self._make, theirs), name="tocsin-rules")
        with deaf():
            process.start()
        self._process = process
        theirs.close()
        if self._stop.is_set():
            process.kill()
        try:
            self._take(ours)
        except (EOFError, OSError):
            if not self._stop.is_set():
                self.trouble = "the process that reads rules ended early"
                LOG.warning("pages of rules: %s", self.trouble)
        finally:
            ours.close()
            process.join()

    def _take(self, pipe: Connection) -> None:
        from tocsin.web.environment import warm  # noqa: PLC0415 - what they need takes a while
        from tocsin.web.shelf import joined  # noqa: PLC0415 - as above

        warm()
        told, content = pipe.recv()
        if told == "trouble":
            self.trouble = content
            LOG.warning("pages of rules cannot be shown: %s", content)
            return
        shelf = joined(_parts(pipe, content))
        before = self.shelf
        if before is not None:
            shelf.tried = before.tried
        gc.unfreeze()
        self.put(shelf)
        del before
        gc.freeze()  # a collection would look through all of it, and all requests would wait
        self.trouble = ""
        shelf.tried = pipe.recv()


def _parts(pipe: Connection, number: int) -> Iterator[bytes]:
    for _ in range(number):
        yield pipe.recv_bytes()


def _main(make: Callable[[], Shelf], pipe: Connection) -> None:
    """What the process does."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICE)
    threading.Thread(target=_follow, daemon=True).start()
    from tocsin.web.shelf import parts  # noqa: PLC0415 - in this process only

    try:
        shelf = make()
    except (ValueError, OSError) as error:
        pipe.send(("trouble", str(error)))
        return
    content = list(parts(shelf))
    pipe.send(("shelf", len(content)))
    for part in content:
        pipe.send_bytes(part)
    del content
    pipe.send(_tried(shelf))


def _follow() -> None:
    """End when the parent does."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _tried(shelf: Shelf) -> Mapping[str, Sequence[Tried]]:
    """The tests of all rules that have any."""
    from tocsin.web.shelf import trials  # noqa: PLC0415 - as above

    found: dict[str, Sequence[Tried]] = {}
    for rule in shelf.library.rules:
        try:
            done = trials(rule)
        except Exception as error:  # noqa: BLE001 - one rule's tests stop no others'
            LOG.warning("the tests of %s cannot be run: %s", rule.id, error)
            continue
        if done:
            found[rule.id] = done
    return found
