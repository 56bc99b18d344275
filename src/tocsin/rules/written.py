"""A rule written as a TOML file, as `tocsin check` likes it. Whatever the texts hold stays text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tocsin.rules.keys import SEVERITIES
from tocsin.rules.rule import Rule
from tocsin.schema.attack import Entry, tactics, techniques

TYPES = {"eql": "eql", "kuery": "query", "lucene": "query", "esql": "esql"}
"""The rule type of each query language."""

_PLAIN = re.compile(r"(?:[^\x00-\x08\x0b-\x1f\x7f\ud800-\udfff']++|'{1,2}(?!'))*")
_STEERING = "\u0085\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HIDING = re.compile(f"[{_STEERING}]")
_ODD = re.compile(rf'[\x00-\x1f\x7f"\\{_STEERING}]')
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person says of a rule; ``day``: when it was written, as ``2026/08/01``.

    ``tactic`` is an id of ATT&CK or empty, ``techniques`` ids of techniques and sub-techniques;
    ``note`` is the guide, in Markdown.
    """

    id: str
    name: str
    description: str
    language: str
    query: str
    severity: str = "medium"
    risk_score: int = SEVERITIES["medium"]
    index: tuple[str, ...] = ()
    interval: str = "5m"
    look_back: str = "now-9m"
    tactic: str = ""
    techniques: tuple[str, ...] = ()
    author: str = ""
    day: str = ""
    note: str = ""


def rule_toml(draft: Draft) -> str:
    """The text of the file; `tocsin.rules.toml` reads the same values back."""
    lines = ["[metadata]"]
    if draft.day:
        lines += [f"creation_date = {text(draft.day)}", f"updated_date = {text(draft.day)}"]
    lines += ['maturity = "production"', "", "[rule]"]
    if draft.author:
        lines.append(f"author = {texts((draft.author,))}")
    lines += [f"description = {text(draft.description)}", f"from = {text(draft.look_back)}"]
    if draft.language != "esql" and draft.index:
        lines.append(f"index = {texts(draft.index)}")
    lines += [
        f"interval = {text(draft.interval)}",
        f"language = {text(draft.language)}",
        f"name = {text(draft.name)}",
        f"risk_score = {draft.risk_score:d}",
        f"rule_id = {text(draft.id)}",
        f"severity = {text(draft.severity)}",
        f"type = {text(TYPES[draft.language])}",
        f"query = {long_text(draft.query)}",
        *([f"note = {long_text(draft.note)}"] if draft.note else []),
        *_threat(draft),
    ]
    return "\n".join(lines) + "\n"


def draft_of(rule: Rule) -> Draft | None:
    """What was said of a rule that `rule_toml` wrote; None if its file says other things too."""
    threat = rule.threat[0] if rule.threat else None
    found: list[str] = []
    for technique in threat.techniques if threat else ():
        found += [part.id for part in technique.subtechniques] or [technique.id]
    draft = Draft(
        rule.id,
        rule.name,
        rule.description,
        rule.language,
        rule.query,
        rule.severity,
        rule.risk_score,
        rule.index,
        rule.interval,
        rule.from_,
        threat.tactic_id if threat else "",
        tuple(found),
        rule.author[0] if rule.author else "",
        str(rule.creation_date),
        rule.note,
    )
    if draft.language not in TYPES or rule_toml(draft) != rule.origin.text:
        return None
    return draft


def text(value: str) -> str:
    """A text in quotes; what hides or steers stands as an escape, half of a pair as a blank."""
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return f'"{_ODD.sub(_escaped, whole)}"'


def texts(values: tuple[str, ...]) -> str:
    """Texts as a list."""
    return f"[{', '.join(map(text, values))}]"


def long_text(value: str) -> str:
    """A text of several lines, as it stands if quotes of three can hold it."""
    fits = _PLAIN.fullmatch(value) and not value.endswith("'") and not _HIDING.search(value)
    return f"'''\n{value}'''" if fits else text(value)


def _escaped(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}"


def _threat(draft: Draft) -> list[str]:
    tactic = tactics().get(draft.tactic)
    if tactic is None:
        return []
    lines = ["", "[[rule.threat]]", 'framework = "MITRE ATT&CK"']
    parts: dict[str, list[str]] = {}
    for name in draft.techniques:
        parent, _, part = name.partition(".")
        parts.setdefault(parent, []).extend([name] if part else [])
    lines += ["", "[rule.threat.tactic]", *_entry(tactic)]
    for name, below in parts.items():
        if name not in techniques():
            continue
        lines += ["", "[[rule.threat.technique]]", *_entry(techniques()[name])]
        for sub in below:
            if sub in techniques():
                lines += ["", "[[rule.threat.technique.subtechnique]]", *_entry(techniques()[sub])]
    return lines


def _entry(entry: Entry) -> list[str]:
    return [
        f"id = {text(entry.id)}",
        f"name = {text(entry.name)}",
        f"reference = {text(entry.reference)}",
    ]
