"""How common what an alert tells is: in how many events, on how many hosts, since when.

Fields that no schema knows have no columns: what they hold is looked for in the events themselves,
which takes longer. They are asked about last, in the time that is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any, NamedTuple

from tocsin.alerts.api_requests import GKE_RESOURCE, GKE_USERS, PREFIXES
from tocsin.alerts.paths import Fields, Scalar
from tocsin.corpus.answers import Counted
from tocsin.corpus.part import columned
from tocsin.corpus.question import Question, is_
from tocsin.corpus.questions import Questions
from tocsin.corpus.span import Span
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind
from tocsin.schema.values import text_of

DAYS = 30
DAY = 86_400_000
MOST = 12
"""Values that are looked for, at most."""

TELLING = (
    *("process.hash.sha256", "process.executable", "process.name", "process.command_line"),
    *("process.parent.name", "file.path", "file.hash.sha256", "dll.name", "registry.path"),
    *("destination.domain", "destination.ip", "dns.question.name", "url.domain", "source.ip"),
    *("user.name", "container.image.name"),
    *(f"{prefix}.{name}" for prefix in PREFIXES for name in ("user.username", "requestURI")),
    *(*GKE_USERS, GKE_RESOURCE, "event.action"),
)
"""Fields whose values say whether something is usual, those first that say it best."""


class Common(NamedTuple):
    """A value of the alert, and how it was found; ``counted`` is about the time before, too."""

    field: str
    value: str
    counted: Counted

    @property
    def columned(self) -> bool:
        """Whether a column tells it."""
        return columned(self.field)

    @property
    def new(self) -> bool:
        """Whether all was looked at, and nobody had it before the alert."""
        return self.counted.looked.whole and self.counted.events <= 1


def prevalence(
    event: Mapping[str, Any],
    why: Sequence[str],
    at: int,
    questions: Questions,
    seconds: float,
    clock: Callable[[], float] = monotonic,
) -> list[Common]:
    """How common the telling values of an alert's event were in the days up to its time (ms).

    ``why``: fields by which the rule matched; those of them that may tell something come first.
    """
    until = clock() + seconds
    values = list(_telling(event, why))[:MOST]
    span = Span(at - DAYS * DAY, at)
    found: dict[str, Counted] = {}
    for quick in (True, False):
        some = [(field, value) for field, value in values if columned(field) is quick]
        if some:
            asked = [Question(((is_(*one),),), span=span) for one in some]
            counts = questions.counts(asked, max(0.0, until - clock()))
            found.update(zip((field for field, _ in some), counts, strict=True))
    return [Common(field, text_of(value), found[field]) for field, value in values]


def _telling(event: Mapping[str, Any], why: Sequence[str]) -> Iterator[tuple[str, Scalar]]:
    """Fields and values; texts of fields that no schema knows tell something if a rule asked."""
    fields, schema = Fields(dict(event)), Schema()
    matched = dict.fromkeys(schema.path(name) for name in why)
    known = sorted(TELLING, key=lambda name: name not in matched)
    unknown = [name for name in matched if schema.kind(name) is Kind.UNKNOWN and _of_events(name)]
    for name in dict.fromkeys([*known, *unknown]):
        found = [value for value in fields(name) if text_of(value)]
        if found and (name in TELLING or isinstance(found[0], str)):
            yield name, found[0]


def _of_events(name: str) -> bool:
    """Whether a field is one of events, not one that the engine makes."""
    return not name.startswith(("kibana.", "signal.", "tocsin.", "_"))
