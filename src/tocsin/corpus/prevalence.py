"""How common what an alert tells is: in how many events, on how many hosts, since when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tocsin.alerts.api_requests import GKE_USERS, PREFIXES
from tocsin.alerts.paths import Fields, Scalar
from tocsin.corpus.answers import Counted
from tocsin.corpus.question import Question, is_
from tocsin.corpus.questions import Questions
from tocsin.corpus.span import Span
from tocsin.schema.fields import Schema
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
    *(*GKE_USERS, "event.action"),
)
"""Fields whose values say whether something is usual, those first that say it best."""


class Common(NamedTuple):
    """A value of the alert, and how it was found; ``counted`` is about the time before, too."""

    field: str
    value: str
    counted: Counted

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
) -> list[Common]:
    """How common the telling values of an alert's event were in the days up to its time (ms).

    ``why``: fields by which the rule matched; those of them that may tell something come first.
    """
    values = list(_telling(event, why))[:MOST]
    span = Span(at - DAYS * DAY, at)
    asked = [Question(((is_(field, value),),), span=span) for field, value in values]
    found = questions.counts(asked, seconds) if asked else []
    return [
        Common(field, text_of(value), counted)
        for (field, value), counted in zip(values, found, strict=True)
    ]


def _telling(event: Mapping[str, Any], why: Sequence[str]) -> Iterator[tuple[str, Scalar]]:
    """Fields and values."""
    fields, schema = Fields(dict(event)), Schema()
    matched = {schema.path(name) for name in why}
    ranked = sorted(TELLING, key=lambda name: name not in matched)
    for name in ranked:
        found = [value for value in fields(name) if text_of(value)]
        if found:
            yield name, found[0]
