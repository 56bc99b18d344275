"""What an alert's page does for who investigates it: the guide's questions asked, and answered.

It is made beside the page (`tocsin.web.alert_page`), since it needs the stored events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from markupsafe import Markup

from tocsin.alerts.paths import first_at
from tocsin.corpus.questions import Questions
from tocsin.rules.guide_blocks import Block
from tocsin.rules.rule import Rule
from tocsin.rules.timing import TimingError, instant
from tocsin.store.export import document_of
from tocsin.store.kept import Kept
from tocsin.web.looks import Look, look_html, looks, looks_json
from tocsin.web.response.action import Action, actions_json
from tocsin.web.response.plan import response
from tocsin.web.steps.carry import steps
from tocsin.web.steps.case import case
from tocsin.web.steps.step import Step, steps_json

QUICK_GUIDE, QUICK_STEPS, LEAST = 0.03, 0.07, 0.02
"""Seconds that a page looks at events for the guide and for the steps: none is kept waiting.

What the guide took longer than that, as a part of the events takes a while, the steps have less,
but the least."""

PATIENT = 10.0
"""Seconds for each of them where one asks for all of it."""


@dataclass(frozen=True, slots=True)
class Help:
    """What was asked for an alert, and found.

    ``because`` says why the steps were carried out; ``patient``: all the time was given for it.
    """

    looks: tuple[Look, ...] = ()
    steps: tuple[Step, ...] = ()
    actions: tuple[Action, ...] = ()
    because: str = ""
    patient: bool = False

    @property
    def extra(self) -> Callable[[int, Block], Markup]:
        """What the guide shows in its blocks."""
        return look_html(self.looks)

    @property
    def steps_whole(self) -> bool:
        """Whether the steps looked at everything."""
        return all(step.whole for step in self.steps)

    @property
    def whole(self) -> bool:
        """Whether the guide looked at everything."""
        counts = [count for look in self.looks for count in (look.events, look.alerts) if count]
        return all(count.whole for count in counts)


def helped(
    kept: Kept,
    rule: Rule | None,
    questions: Questions | None,
    *,
    patient: bool = False,
    clock: Callable[[], float] = monotonic,
) -> Help:
    """What is asked for an alert; ``rule``: its own, if known."""
    if questions is None:
        return Help()
    until = clock() + QUICK_GUIDE + QUICK_STEPS
    document = document_of(kept)
    at = happened_at(document, kept.timestamp)
    found: list[Look] = []
    if rule is not None:
        found = looks(rule, document, at, questions, PATIENT if patient else QUICK_GUIDE)
    known = case(document, kept.rule_name or "", at)
    quick = max(LEAST, min(QUICK_STEPS, until - clock()))
    done = steps(known, questions, PATIENT if patient else quick)
    return Help(tuple(found), done, response(known), known.because, patient=patient)


def help_json(help_: Help) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "guide": looks_json(help_.looks),
        "steps": steps_json(help_.steps),
        "response": actions_json(help_.actions),
    }


def happened_at(document: Mapping[str, Any], otherwise: int) -> int:
    """When the event of an alert was, in ms since 1970; of several the last."""
    for field in ("kibana.alert.original_time", "@timestamp"):
        value = first_at(dict(document), field)
        if isinstance(value, str):
            try:
                return instant(value, otherwise)
            except TimingError:
                continue
    return otherwise
