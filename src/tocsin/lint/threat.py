"""The threat mapping against MITRE ATT&CK: ids, names, pages, and what belongs to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin.diagnostics.near import did_you_mean
from tocsin.lint.subject import Subject
from tocsin.rules.layout import Path
from tocsin.rules.report import shown
from tocsin.schema.attack import Entry, tactics, techniques

_FRAMEWORK = "MITRE ATT&CK"


def check(subject: Subject) -> None:
    """Tell of a mapping that ATT&CK does not know (``LINT120`` to ``LINT125``)."""
    seen: set[str] = set()
    for path, threat in _rows(("rule",), subject.rule.raw, "threat"):
        if threat.get("framework", _FRAMEWORK) != _FRAMEWORK:
            continue
        tactic = threat.get("tactic")
        if not isinstance(tactic, Mapping):
            continue
        entry = _entry(subject, (*path, "tactic"), tactic, tactics(), "tactic")
        name = str(tactic.get("id"))
        if name in seen:
            subject.tell(
                "LINT125",
                (*path, "tactic", "id"),
                f"the tactic {shown(name)} has an entry already",
                hint="put all its techniques into one entry",
            )
        seen.add(name)
        _techniques(subject, path, threat, entry)


def _techniques(
    subject: Subject, path: Path, threat: Mapping[str, Any], tactic: Entry | None
) -> None:
    for place, technique in _rows(path, threat, "technique"):
        _technique(subject, place, technique, tactic)
        for part, row in _rows(place, technique, "subtechnique"):
            _technique(subject, part, row, tactic)
            above, below = str(technique.get("id")), str(row.get("id"))
            if below in techniques() and not below.startswith(f"{above}."):
                subject.tell(
                    "LINT124",
                    (*part, "id"),
                    f"{below} is no sub-technique of {shown(above)}",
                    hint=f"put it under {below.partition('.')[0]}",
                )


def _technique(subject: Subject, path: Path, row: Mapping[str, Any], tactic: Entry | None) -> None:
    entry = _entry(subject, path, row, techniques(), "technique")
    if entry is not None and tactic is not None and tactic.id not in entry.tactics:
        known = [f"{tactics()[one].name} ({one})" for one in sorted(entry.tactics)]
        subject.tell(
            "LINT121",
            (*path, "id"),
            f"{entry.id} ({entry.name}) does not belong to the tactic {tactic.name}",
            hint=f"it belongs to {', '.join(known)}",
        )


def _entry(
    subject: Subject, path: Path, row: Mapping[str, Any], known: Mapping[str, Entry], kind: str
) -> Entry | None:
    """The entry that a row means by its id; tells where id, name and page do not agree."""
    name, title, page = (str(row.get(key, "")) for key in ("id", "name", "reference"))
    entry = known.get(name)
    if entry is None:
        meant = [f"{one.id} ({one.name})" for one in known.values() if title in one.names]
        subject.tell(
            "LINT120",
            (*path, "id"),
            f"ATT&CK has no {kind} `{shown(name)}`",
            hint=did_you_mean(meant[:3]),
        )
        return None
    if title and title not in entry.names:
        subject.tell(
            "LINT122",
            (*path, "name"),
            f"{entry.id} is not called `{shown(title)}`",
            hint=f'name = "{entry.name}"',
        )
    if page and page.rstrip("/") != entry.reference.rstrip("/"):
        subject.tell(
            "LINT123",
            (*path, "reference"),
            f"this is not the page of {entry.id}",
            label=f"found `{shown(page)}`",
            hint=f'reference = "{entry.reference}"',
        )
    return entry


def _rows(
    path: Path, table: Mapping[str, Any], key: str
) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The tables of an array of tables, with their places."""
    rows = table.get(key)
    if isinstance(rows, list):
        for number, row in enumerate(rows):
            if isinstance(row, Mapping):
                yield (*path, key, number), row
