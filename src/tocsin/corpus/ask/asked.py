"""A question of a person, and its answer: plain values, which go from process to process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tocsin.corpus.span import ALWAYS, Span
from tocsin.diagnostics import Diagnostic
from tocsin.schema.fields import TextMode

MOST = 10_000
"""Events, sequences or rows of an answer, at most."""

MOST_BYTES = 32 << 20
"""Bytes of an answer's events, at most; those that come later are left out."""

SECONDS = 10.0
"""How long a question may take."""

AT_ONCE = 0.08
"""Seconds after which enough is enough, once as many events are found as are to be shown, or
`LEAST` were looked at: who wants to know it all says so (`Asked.whole`)."""

LEAST = 60_000
"""Events that are looked at in any case."""

ROWS_AT_ONCE = 10_000
"""Events, the newest, that questions about several look at where they name none of their own."""

MOST_ROWS = 2_000_000
"""Events that a question about several events looks at, the newest."""

DAY = 86_400_000


class TooMuchError(Exception):
    """A question asks for more than can be given; the message says what to ask instead."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question.

    ``index``: patterns of index names, none for all. ``span``: about the events' times;
    ``recent``: instead, so many ms up to ``latest``, about where the stored events end (0: that is
    found out). ``size``: how many to give. ``whole``: look at all, however long it takes (within
    ``seconds``). ``now``: what that is in ES|QL, ms since 1970. ``text_mode``: how KQL and Lucene
    compare texts.
    """

    language: str
    text: str
    index: tuple[str, ...] = ()
    span: Span = ALWAYS
    recent: int | None = None
    latest: int = 0
    size: int = 100
    whole: bool = False
    now: int = 0
    seconds: float = SECONDS
    rows: int = MOST_ROWS
    text_mode: TextMode = "raw"


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its time (ms since 1970, None: it has none), its name, and all of it as JSON."""

    time: int | None
    index: str
    id: str
    source: bytes


@dataclass(frozen=True, slots=True)
class Joined:
    """The events of a sequence or sample by stage, None for one that is missing, and its keys."""

    keys: tuple[str, ...]
    events: tuple[Event | None, ...]


@dataclass(slots=True)
class Looked:
    """What was looked at, the newest events first.

    ``events``: how many; ``whole``: all that the question is about; ``since``: else back to about
    when, ms since 1970. ``span``: the times that were asked for. ``unread``: files that are damaged
    or went away.
    """

    events: int = 0
    whole: bool = True
    since: int | None = None
    span: Span = ALWAYS
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found: ``events``, the newest first, ``sequences``, or ``rows`` under ``columns``.

    ``types``: those of the columns, as ES|QL calls them.

    ``found``: how many there are of them; ``exact``: else there may be more. ``seconds`` it took.
    ``notes``: what is doubtful about the question.
    """

    events: tuple[Event, ...] = ()
    sequences: tuple[Joined, ...] = ()
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    kind: str = "events"
    found: int = 0
    exact: bool = True
    looked: Looked = field(default_factory=Looked)
    seconds: float = 0.0
    notes: tuple[Diagnostic, ...] = ()
