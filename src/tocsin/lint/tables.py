"""The tables inside ``[rule]`` and ``[transform]``: their keys, and the shapes of their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tocsin.diagnostics import Severity
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.lint.subject import Subject
from tocsin.rules.keys import SEVERITIES
from tocsin.rules.layout import Path
from tocsin.rules.report import shown


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, at least ``least``."""

    least: int = 0

    def __str__(self) -> str:
        return f"a whole number from {self.least}" if self.least else "a whole number"


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts, one alone or a list of ``least`` to ``most``, no two alike."""

    least: int = 0
    most: int = 1000

    def __str__(self) -> str:
        return f"a list of {self.least} to {self.most} different texts"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some texts."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}"


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of tables, at least ``least``."""

    row: Table
    least: int = 0

    def __str__(self) -> str:
        return "a list of tables" if not self.least else f"a list of {self.least} or more tables"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what it must have, and what it may have."""

    needs: Mapping[str, Shape] = field(default_factory=dict)
    may: Mapping[str, Shape] = field(default_factory=dict)

    def __str__(self) -> str:
        return "a table"


Shape: TypeAlias = Whole | Texts | OneOf | Rows | Table | type
"""``str``, ``bool`` and ``object`` (anything) stand for themselves."""

_TECHNIQUE: Mapping[str, Shape] = {"id": str}
_NAMED: Mapping[str, Shape] = {"name": str, "reference": str}
_SUBTECHNIQUE = Table(_TECHNIQUE, _NAMED)

TABLES: Mapping[str, Shape] = {
    "threat": Rows(
        Table(
            {"tactic": Table({"id": str}, _NAMED)},
            {
                "framework": OneOf(("MITRE ATT&CK", "MITRE ATLAS")),
                "technique": Rows(
                    Table(_TECHNIQUE, {**_NAMED, "subtechnique": Rows(_SUBTECHNIQUE)})
                ),
            },
        )
    ),
    "threshold": Table(
        {"value": Whole(1)},
        {
            "field": Texts(0, 5),
            "cardinality": Rows(Table({"field": str, "value": Whole()})),
        },
    ),
    "new_terms": Table(
        {
            "field": OneOf(("new_terms_fields",)),
            "value": Texts(1, 3),
            "history_window_start": Rows(
                Table({"field": OneOf(("history_window_start",)), "value": str}), 1
            ),
        }
    ),
    "new_terms_fields": Texts(1, 3),
    "alert_suppression": Table(
        {},
        {
            "group_by": Texts(1, 5),
            "duration": Table({"value": Whole(1), "unit": OneOf(("s", "m", "h"))}),
            "missing_fields_strategy": OneOf(("suppress", "doNotSuppress")),
        },
    ),
    "severity_mapping": Rows(
        Table(
            {"field": str, "value": str, "severity": OneOf(tuple(SEVERITIES))},
            {"operator": OneOf(("equals",))},
        )
    ),
    "risk_score_mapping": Rows(
        Table({"field": str}, {"operator": OneOf(("equals",)), "value": str, "risk_score": Whole()})
    ),
    "threat_mapping": Rows(
        Table(
            {
                "entries": Rows(
                    Table(
                        {"field": str, "value": str},
                        {"type": OneOf(("mapping",)), "negate": bool},
                    ),
                    1,
                )
            }
        ),
        1,
    ),
    "investigation_fields": Table({}, {"field_names": Texts()}),
    "exceptions_list": Rows(
        Table(
            {"list_id": str},
            {
                "id": str,
                "namespace_type": OneOf(("single", "agnostic")),
                "type": OneOf(
                    (
                        "detection",
                        "rule_default",
                        "endpoint",
                        "endpoint_trusted_apps",
                        "endpoint_trusted_devices",
                        "endpoint_events",
                        "endpoint_host_isolation_exceptions",
                        "endpoint_blocklists",
                    )
                ),
            },
        )
    ),
}
"""Keys of ``[rule]`` that hold tables, with what belongs into them."""

TRANSFORM: Mapping[str, Shape] = {
    "osquery": Rows(Table({"label": str, "query": str}, {"ecs_mapping": object})),
    "investigate": Rows(
        Table(
            {"label": str, "providers": object},
            {"description": str, "relativeFrom": str, "relativeTo": str},
        )
    ),
}

_WORDS = {str: "text in quotes", bool: "true or false"}

NEEDED = {
    "threshold": ("threshold",),
    "new_terms": ("new_terms", "new_terms_fields"),
    "threat_match": ("threat_mapping",),
}
"""Types of rule with the keys one of which they need."""

_DECISIVE = {"threshold", "new_terms", "new_terms_fields", "alert_suppression", "threat_mapping"}
"""Keys that decide what a rule finds: what is wrong with them is an error."""


def check(subject: Subject) -> None:
    """Tell of keys that nobody reads (``LINT130``) and values of a wrong shape (``LINT131``)."""
    rule = subject.rule
    for key in NEEDED.get(rule.type, ())[:1]:
        if not any(rule.raw.get(name) for name in NEEDED[rule.type]):
            _misshapen(subject, ("rule", key), f"a rule of type {rule.type} needs `{key}`")
    for start, table, shapes in (
        ("rule", rule.raw, TABLES),
        ("transform", rule.transform, TRANSFORM),
    ):
        for key, shape in shapes.items():
            if table.get(key) is not None:
                _walk(subject, (start, key), table[key], shape)


def _walk(subject: Subject, path: Path, value: object, shape: Shape) -> None:
    """Hold a value, and all that is in it, against its shape."""
    match shape, value:
        case Table(), Mapping():
            _table(subject, path, value, shape)
        case Rows(row, least), list() if len(value) >= least:
            for number, part in enumerate(value):
                _walk(subject, (*path, number), part, row)
        case Texts() | Whole() | OneOf(), _ if _is(value, shape):
            pass
        case type(), _ if isinstance(value, shape):
            pass
        case _:
            name = next(part for part in reversed(path) if isinstance(part, str))
            wanted = _WORDS.get(shape, str(shape)) if isinstance(shape, type) else str(shape)
            _misshapen(subject, path, f"`{name}` must be {wanted}", f"found {shown(value)}")


def _table(subject: Subject, path: Path, table: Mapping[str, Any], shape: Table) -> None:
    known = {**shape.needs, **shape.may}
    for key in shape.needs:
        if table.get(key) is None:
            _misshapen(subject, path, f"`{_name(path)}` needs the key `{key}`")
    for key, value in table.items():
        if key in known:
            if value is not None:
                _walk(subject, (*path, key), value, known[key])
            continue
        meant = near(key, known.keys() - table.keys(), 1)
        subject.tell(
            "LINT130",
            (*path, key),
            f"nothing reads the key `{shown(key)}` of `{_name(path)}`",
            hint=did_you_mean(meant) or f"there are {', '.join(known)}",
        )


def _is(value: object, shape: Whole | Texts | OneOf) -> bool:
    match shape, value:
        case Whole(least), int() if not isinstance(value, bool):
            return value >= least
        case Texts(least, most), list() | tuple():
            texts = [text for text in value if isinstance(text, str)]
            return len(texts) == len(value) == len(set(texts)) and least <= len(value) <= most
        case Texts(least), str():
            return bool(value) or not least
        case OneOf(words), str():
            return value in words
        case _:
            return False


def _name(path: Path) -> str:
    return ".".join(part for part in path[1:] if isinstance(part, str))


def _misshapen(subject: Subject, path: Path, message: str, label: str = "") -> None:
    decisive = path[0] == "rule" and path[1] in _DECISIVE
    subject.tell(
        "LINT131",
        path,
        message,
        label=label,
        severity=Severity.ERROR if decisive else Severity.WARNING,
    )
