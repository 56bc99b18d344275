"""The investigate blocks of a guide asked of our own events and alerts: how many each finds.

A block's conditions are filled with the alert's values; of several values any will do. An
alternative that needs a field which the alert does not have is left out (Kibana looks for the
placeholder's text there, and finds nothing). Times are counted from the alert's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any, NamedTuple

from markupsafe import Markup

from tocsin.alerts.paths import values_at
from tocsin.corpus.question import Question, filled, predicate
from tocsin.corpus.questions import Questions
from tocsin.corpus.span import ALWAYS, Span
from tocsin.languages import QueryError
from tocsin.rules.guide_blocks import Block, pieces
from tocsin.rules.rule import Rule
from tocsin.rules.timing import TimingError, date_math
from tocsin.web.environment import environment
from tocsin.web.events_page import events_address
from tocsin.web.kql_text import groups_text
from tocsin.web.looked_alerts import Group, alerts_meant

MOST_BLOCKS, MOST_GROUPS = 50, 50
"""Blocks of a guide, and alternatives of one, that are asked; Elastic's have seven at most."""

LONGEST_ADDRESS = 4_000
"""Characters of a question that is still put into an address."""

_SIGNAL = "signal"


class Count(NamedTuple):
    """How many were found, at least so many unless it is `whole`; None: it was not counted."""

    number: int | None
    whole: bool
    address: str


class Look(NamedTuple):
    """What a block finds: `events` and `alerts` are None where it does not ask for such.

    ``number`` is the block's in the guide; ``missing`` are fields that the alert does not have;
    ``wrong`` says why it cannot be asked, if so.
    """

    number: int
    label: str
    events: Count | None = None
    alerts: Count | None = None
    missing: tuple[str, ...] = ()
    wrong: str = ""


def looks(
    rule: Rule,
    document: Mapping[str, Any],
    at: int,
    questions: Questions,
    seconds: float,
    clock: Callable[[], float] = monotonic,
) -> list[Look]:
    """What the investigate blocks of a rule find for an alert.

    ``at``: the alert's time in ms; ``seconds``: how long all of them may take together, beyond
    which nothing more is counted.
    """
    until = clock() + seconds
    blocks = [piece for piece in pieces(rule) if isinstance(piece, Block)]
    asked = [
        _asked(number, block, document, at)
        for number, block in enumerate(blocks[:MOST_BLOCKS])
        if block.kind == "investigate"
    ]
    return [
        one.look._replace(
            events=_events(one, questions, until - clock()) if one.events else None,
            alerts=_alerts(one, questions, until - clock(), clock) if one.alerts else None,
        )
        for one in asked
    ]


def look_html(found: Sequence[Look]) -> Callable[[int, Block], Markup]:
    """What a guide shows in its blocks (`guide_html`'s ``extra``)."""
    by_number = {look.number: look for look in found}
    template = environment().get_template("alert_guide_look.html")

    def extra(number: int, block: Block) -> Markup:  # noqa: ARG001 - as `guide_html` calls it
        look = by_number.get(number)
        return Markup(template.render(look=look) if look else "")  # noqa: S704 - our own template

    return extra


def looks_json(found: Sequence[Look]) -> list[dict[str, Any]]:
    """The same as JSON."""

    def count(one: Count | None) -> dict[str, Any] | None:
        return None if one is None else one._asdict()

    return [
        {**look._asdict(), "events": count(look.events), "alerts": count(look.alerts)}
        for look in found
    ]


class _Asked(NamedTuple):
    """A block with what it asks: groups about events, and about alerts."""

    look: Look
    span: Span = ALWAYS
    events: tuple[Group, ...] = ()
    alerts: tuple[Group, ...] = ()


def _asked(number: int, block: Block, document: Mapping[str, Any], at: int) -> _Asked:
    try:
        span = _span(block, at)
    except TimingError:
        return _Asked(Look(number, block.label, wrong="its times cannot be read"))
    event = dict(document)
    made = filled(block, lambda field: values_at(event, field), span)
    look = Look(number, block.label, missing=made.missing)
    if made.question is None:
        return _Asked(look)
    try:
        predicate(replace(made.question, groups=made.question.groups[:MOST_GROUPS]))
    except QueryError as error:
        return _Asked(look._replace(wrong=error.diagnostics[0].message))
    groups = made.question.groups[:MOST_GROUPS]
    return _Asked(
        look,
        span,
        tuple(group for group in groups if not _means_alerts(group)),
        tuple(group for group in groups if _means_alerts(group)),
    )


def _events(asked: _Asked, questions: Questions, seconds: float) -> Count:
    """What a block finds among events."""
    if seconds <= 0:
        return Count(None, whole=False, address=_address(asked))
    counted = questions.count(Question(asked.events, span=asked.span), seconds)
    return Count(counted.events, counted.looked.whole, _address(asked))


def _address(asked: _Asked) -> str:
    text = groups_text(asked.events)
    return events_address(text, asked.span) if 0 < len(text) <= LONGEST_ADDRESS else ""


def _span(block: Block, at: int) -> Span:
    """The block's times around the alert's; without any its day, as Kibana has it."""
    return Span(
        date_math(block.since or "now/d").at(at),
        date_math(block.until or "now/d").at(at, round_up=True),
    )


def _means_alerts(group: Group) -> bool:
    return any(
        one.field.startswith(("kibana.alert.", "signal."))
        or (one.field == "event.kind" and _SIGNAL in one.values and not one.excluded)
        for one in group
    )


def _alerts(
    asked: _Asked, questions: Questions, seconds: float, clock: Callable[[], float]
) -> Count:
    """What a block finds among alerts."""
    store = questions.corpus.store
    return Count(*alerts_meant(asked.alerts, asked.span, store, seconds, clock))
