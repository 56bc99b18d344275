"""One case from its table, whether TOML or JSON gave it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path, PurePath
from typing import Any

import orjson

from tocsin.cases.case import Case
from tocsin.cases.moments import dated
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.rules.layout import Path as Keys
from tocsin.rules.report import Report, shown

KEYS = ("name", "fires", "events", "without", "history", "indicators", "exceptions")
_A_DAY_BEFORE = -86_400_000
MOST_BYTES = 32 << 20
_DEEPEST = 50


def build_case(
    table: object,
    common: Mapping[str, Any],
    path: Path,
    line: int,
    report: Report,
    keys: Keys,
) -> Case | None:
    """A case from its table; None, and a diagnostic, if it is none.

    ``common``: what every event has, unless it says otherwise or the case is ``without`` it.
    """
    if not isinstance(table, Mapping):
        report.add("CASE002", keys, 'a case is a table with "name", "fires" and "events"')
        return None
    told = len(report.diagnostics)
    for key in table:
        if key not in KEYS:
            hint = did_you_mean(near(key, KEYS, 1)) or f"there are {', '.join(KEYS)}"
            report.add("CASE002", (*keys, key), f"nothing reads the key `{shown(key)}`", hint=hint)
    name, fires = table.get("name"), table.get("fires")
    if not isinstance(name, str) or not name.strip():
        report.add("CASE002", (*keys, "name"), "a case needs a `name`")
    if not isinstance(fires, int) or fires < 0:
        hint = "true, false, or how many alerts"
        report.add("CASE002", (*keys, "fires"), "a case says whether it `fires`", hint=hint)
    without = table.get("without", [])
    if not isinstance(without, list) or not all(isinstance(one, str) for one in without):
        report.add("CASE002", (*keys, "without"), "`without` must be a list of fields")
        without = []
    events = _events(table.get("events"), path, report, (*keys, "events"))
    past, indicators, exceptions = (
        _events(table.get(key, []), path, report, (*keys, key))
        for key in ("history", "indicators", "exceptions")
    )
    if len(report.diagnostics) > told or not isinstance(name, str) or not isinstance(fires, int):
        return None
    base = dict(common)
    for field in without:
        base = _less(base, field.split("."))
    return Case(
        name,
        fires,
        tuple(dated(_merged(base, event) for event in events)),
        str(path),
        line,
        tuple(dated((_merged(base, event) for event in past), _A_DAY_BEFORE)),
        tuple(dated(indicators)),
        tuple(exceptions),
    )


def _events(given: object, path: Path, report: Report, keys: Keys) -> list[Mapping[str, Any]]:
    """The events of a case: a list of tables, or a file's name."""
    if isinstance(given, str):
        return _beside(given, path, report, keys)
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        hint = "a list of events, or the name of an NDJSON file in this folder"
        report.add("CASE002", keys, f"a case needs `{keys[-1]}`", hint=hint)
        return []
    return [_plain(one) for one in given]


def _beside(name: str, path: Path, report: Report, keys: Keys) -> list[Mapping[str, Any]]:
    """The events of a file that stands beside the case file, or in a folder there."""
    parts = PurePath(name)
    folder = path.parent.resolve()
    try:
        file = (folder / parts).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle, a name with a NUL
        report.add("CASE001", keys, f"cannot read {shown(name)}: {error}")
        return []
    if parts.is_absolute() or not file.is_relative_to(folder):
        report.add("CASE002", keys, "the file of events must stand in this folder or below it")
        return []
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        report.add("CASE001", keys, f"cannot read {shown(name)}: {error.strerror or error}")
        return []
    if len(content) > MOST_BYTES:
        report.add("CASE001", keys, f"{shown(name)} is longer than {MOST_BYTES >> 20} MiB")
        return []
    found = []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            event = orjson.loads(line) if line.strip() else None
        except orjson.JSONDecodeError:
            event = ()
        if isinstance(event, Mapping):
            found.append(event)
        elif event is not None:
            report.add("CASE001", keys, f"line {number} of {shown(name)} is no JSON object")
            return []
    return found


def _plain(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any value of TOML
    """A value of TOML as JSON has it: dates as text."""
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return {key: _plain(part, depth + 1) for key, part in value.items()}
    if isinstance(value, list) and depth < _DEEPEST:
        return [_plain(part, depth + 1) for part in value]
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, str | int | float | bool):
        return value
    return str(value) if not isinstance(value, date) else value.isoformat()


def _merged(base: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """The event over what all events have: tables are joined, everything else replaced."""
    found = dict(base)
    for key, value in event.items():
        under = found.get(key)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        found[key] = _merged(under, value) if both else value  # type: ignore[arg-type]
    return found


def _less(table: Mapping[str, Any], parts: list[str]) -> dict[str, Any]:
    """A table without the field at a path."""
    found = dict(table)
    inner = found.get(parts[0])
    if len(parts) == 1:
        found.pop(parts[0], None)
    elif isinstance(inner, Mapping):
        found[parts[0]] = _less(inner, parts[1:])
    return found
