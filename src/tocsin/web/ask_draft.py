"""A form that makes a rule of a question: what may be said, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tocsin.corpus.ask.planned import LANGUAGES, LONGEST
from tocsin.rules.keys import SEVERITIES
from tocsin.rules.timing import TimingError, date_math, interval
from tocsin.rules.written import Draft
from tocsin.schema.attack import tactics, techniques
from tocsin.web.ask_question import LAST, Question

FIELDS = (
    *("name", "description", "severity", "risk_score", "index", "interval", "from"),
    *("tactic", "techniques", "language", "q", "last", "rule_id", "note"),
)
"""The fields of the form."""

_LONGEST = {"name": 200, "description": 4_000, "index": 4_000, "note": 20_000, "q": LONGEST}
_WORDS = re.compile(r"[\s,]+")
_LAST = "7d"


@dataclass(slots=True)
class DraftForm:
    """What was filled in, and what is wrong, by field."""

    given: dict[str, str]
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_question(cls, question: Question) -> DraftForm:
        """The form as it is first shown."""
        index = ", ".join(question.index)
        if question.language != "esql":
            index = index or "logs-*"
        return cls(
            {
                "language": question.language,
                "q": question.text,
                "index": index,
                "severity": "medium",
                "risk_score": "",
                "interval": "5m",
                "from": "now-9m",
                "last": _LAST,
            }
        )

    @classmethod
    def of_draft(cls, draft: Draft) -> DraftForm:
        """The form of a rule that is to be changed."""
        return cls(
            {
                "rule_id": draft.id,
                "name": draft.name,
                "description": draft.description,
                "severity": draft.severity,
                "risk_score": str(draft.risk_score),
                "index": ", ".join(draft.index),
                "interval": draft.interval,
                "from": draft.look_back,
                "tactic": draft.tactic,
                "techniques": ", ".join(draft.techniques),
                "language": draft.language,
                "q": draft.query,
                "last": _LAST,
                "note": draft.note,
            }
        )

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> DraftForm:
        """What a browser sent."""
        given = {name: fields.get(name, "").replace("\r\n", "\n") for name in FIELDS}
        given = {name: text if name == "q" else text.strip() for name, text in given.items()}
        return cls(given)

    def one(self, name: str) -> str:
        """What was filled in."""
        return self.given.get(name, "")

    def draft(self, name: str, author: str, day: str) -> Draft | None:
        """The rule; None if something is wrong. ``name``: the id of a new rule."""
        self.wrong = dict(self._wrong())
        severity = self.one("severity")
        score = self._score(severity)
        if self.wrong or score is None:
            return None
        named = [one.upper() for one in _WORDS.split(self.one("techniques")) if one]
        below = {one.partition(".")[0] for one in named if "." in one}
        return Draft(
            self.one("rule_id") or name,
            self.one("name"),
            self.one("description"),
            self.one("language"),
            self.one("q"),
            severity,
            score,
            tuple(filter(None, (one.strip() for one in self.one("index").split(",")))),
            self.one("interval"),
            self.one("from"),
            self.one("tactic"),
            tuple(dict.fromkeys(one for one in named if one not in below)),
            author,
            day,
            self.one("note"),
        )

    def _score(self, severity: str) -> int | None:
        text = self.one("risk_score") or str(SEVERITIES.get(severity, ""))
        fits = text.isascii() and text.isdecimal() and len(text) < 4 and int(text) <= 100
        return int(text) if fits else None

    def _wrong(self) -> list[tuple[str, str]]:
        found = [
            (name, f"has at most {most:,} characters")
            for name, most in _LONGEST.items()
            if len(self.one(name)) > most
        ]
        found += [
            (name, "says something") for name in ("name", "description", "q") if not self.one(name)
        ]
        if "\n" in self.one("name"):
            found.append(("name", "is one line"))
        if self.one("language") not in LANGUAGES:
            found.append(("language", f"is one of {', '.join(LANGUAGES)}"))
        severity = self.one("severity")
        if severity not in SEVERITIES:
            found.append(("severity", f"is one of {', '.join(SEVERITIES)}"))
        elif self._score(severity) is None:
            found.append(("risk_score", "is a whole number from 0 to 100"))
        if self.one("last") not in LAST:
            found.append(("last", f"is one of {', '.join(LAST)}"))
        return [*found, *self._times(), *self._attack()]

    def _times(self) -> list[tuple[str, str]]:
        found = []
        if not _interval(self.one("interval")):
            found.append(("interval", "is a time such as 5m or 1h"))
        if not _before_now(self.one("from")):
            found.append(("from", "is a time before now such as now-9m"))
        return found

    def _attack(self) -> list[tuple[str, str]]:
        tactic = self.one("tactic")
        named = [one.upper() for one in _WORDS.split(self.one("techniques")) if one]
        if tactic and tactic not in tactics():
            return [("tactic", "is none of ATT&CK's")]
        if named and not tactic:
            return [("techniques", "belong to a tactic: choose it too")]
        unknown = [one for one in named if one not in techniques()]
        if unknown:
            return [("techniques", f"are ids such as T1059.004; {unknown[0][:30]} is none")]
        foreign = [one for one in named if tactic not in techniques()[one].tactics]
        if foreign:
            return [("techniques", f"{foreign[0]} does not belong to that tactic")]
        return []


def _interval(text: str) -> bool:
    try:
        return interval(text) > 0
    except TimingError:
        return False


def _before_now(text: str) -> bool:
    try:
        date_math(text)
    except TimingError:
        return False
    return text.startswith("now-")
