"""What the page of questions is asked by its address, so that a link is a saved question.

    ask_address("eql", 'process where process.name == "curl"', since="2026-08-21")
    Question.read([("language", "kuery"), ("q", "process.name: curl"), ("last", "7d")])

Without a time the last 24 hours that are stored are meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tocsin.corpus.ask.asked import MOST, Asked
from tocsin.corpus.ask.planned import LANGUAGES, LONGEST
from tocsin.corpus.span import ALWAYS, Span
from tocsin.schema.fields import TextMode
from tocsin.web.address import QuestionError, instant, query_string

HOUR = 3_600_000
LAST: Final = {
    "1h": ("the last hour", HOUR),
    "24h": ("the last 24 hours", 24 * HOUR),
    "7d": ("the last 7 days", 168 * HOUR),
    "30d": ("the last 30 days", 720 * HOUR),
    "all": ("all that is stored", None),
}
"""Times up to where the stored events end: words, milliseconds."""

DEFAULT: Final = "24h"
SIZES: Final = (25, 100, 500)
EXPORTED: Final = MOST
"""Events, sequences or rows that are exported, at most."""

_ONE: Final = ("language", "q", "last", "since", "until", "index", "size", "whole")
_MOST_PATTERNS, _LONGEST_PATTERNS = 50, 4_000


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was asked: ``given``, and what it means.

    ``text`` is empty where nothing was asked yet.
    """

    given: tuple[tuple[str, str], ...]
    language: str = "eql"
    text: str = ""
    last: str = DEFAULT
    span: Span = ALWAYS
    index: tuple[str, ...] = ()
    size: int = 100
    whole: bool = False

    @classmethod
    def read(cls, parameters: Iterable[tuple[str, str]]) -> Question:
        """The question of these parameters; raises QuestionError. Unknown ones are passed over."""
        only: dict[str, str] = {}
        for name, value in parameters:
            text = value.replace("\r\n", "\n") if name == "q" else value.strip()
            if name in _ONE and text.strip():
                only.setdefault(name, text)
        language, text = only.get("language", "eql"), only.get("q", "")
        if language not in LANGUAGES:
            raise QuestionError(f"language is one of {', '.join(LANGUAGES)}")
        if len(text) > LONGEST:
            raise QuestionError(f"a question has at most {LONGEST:,} characters")
        since = instant(only.get("since", ""), "since")
        until = instant(only.get("until", ""), "until", last=True)
        if since is not None and until is not None and since > until:
            raise QuestionError("since is later than until: no event lies between them")
        last = only.get("last", DEFAULT)
        if last not in LAST:
            raise QuestionError(f"last is one of {', '.join(LAST)}")
        return cls(
            tuple(only.items()),
            language,
            text,
            "" if since is not None or until is not None else last,
            Span(since, until),
            _patterns(only.get("index", "")),
            _size(only.get("size", "100")),
            only.get("whole") == "1",
        )

    def asked(
        self, latest: int, now: int, *, size: int | None = None, text_mode: TextMode = "raw"
    ) -> Asked:
        """The question for whoever answers it; ``latest``: about where stored events end."""
        return Asked(
            self.language,
            self.text,
            self.index,
            self.span,
            LAST[self.last][1] if self.last else None,
            latest,
            self.size if size is None else size,
            self.whole,
            now,
            text_mode=text_mode,
        )

    def one(self, name: str) -> str:
        """What was given for a parameter; empty if nothing was."""
        return dict(self.given).get(name, "")

    def changed(self, **others: str) -> str:
        """The query string of the question with other values of parameters; empty: without."""
        kept = [(name, value) for name, value in self.given if name not in others]
        return query_string([*kept, *((name, value) for name, value in others.items() if value)])

    @property
    def query(self) -> str:
        """The query string of this question."""
        return query_string(self.given)


def ask_address(
    language: str, query: str, since: str = "", until: str = "", index: Iterable[str] = ()
) -> str:
    """The address of a question, from the root of the server; times as they stand in addresses."""
    pairs = [("language", language), ("q", query), ("since", since), ("until", until)]
    pairs.append(("index", ",".join(index)))
    return f"/ask{query_string([pair for pair in pairs if pair[1]])}"


def _patterns(text: str) -> tuple[str, ...]:
    if len(text) > _LONGEST_PATTERNS:
        raise QuestionError("index has too many characters")
    found = tuple(dict.fromkeys(filter(None, (name.strip() for name in text.split(",")))))
    if len(found) > _MOST_PATTERNS:
        raise QuestionError(f"index has at most {_MOST_PATTERNS} patterns")
    return () if "*" in found else found


def _size(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= 1_000 or text[9:]:
        raise QuestionError("size is a number from 1 to 1,000")
    return int(text)
