"""One rule from its table, whether TOML or JSON gave it; what is wrong goes to a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tocsin.diagnostics import Severity
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.rules.attack import threats
from tocsin.rules.keys import (
    KEYS,
    KNOWN,
    LANGUAGES,
    MATURITIES,
    METADATA,
    SEVERITIES,
    TABLES,
    WITHOUT_QUERY,
    Key,
    Shape,
)
from tocsin.rules.report import Report, shown
from tocsin.rules.rule import Origin, Rule
from tocsin.rules.timing import TimingError, date_math, interval, look_back

Table = Mapping[str, Any]

_DEEPEST = 50


def build_rule(
    table: Table, metadata: Table, transform: Table, origin: Origin, report: Report
) -> Rule | None:
    """The rule of a table with Elastic's keys; None if an error stands in its way.

    Keys that are unknown, and prose of a wrong shape, are warnings and passed over.
    """
    if isinstance(table.get("rule_id"), str):
        report.rule_id = table["rule_id"]
    if _is_deep(table) or _is_deep(transform):
        report.add("RULE006", ("rule",), "the rule's values are nested too deep")
        return None
    fields: dict[str, Any] = {}
    for key in KEYS:
        value = table.get(key.name)
        if value is None or value == "":
            continue
        value = _value(key, value, report)
        if key.field and value is not None:
            fields[key.field] = value
    _require(fields, report, filtered=bool(table.get("filters")))
    _judge(fields, report)
    if report.failed:
        return None
    _complete(fields, table, report)
    rule = Rule(
        **fields,
        **_of_metadata(metadata, report),
        raw=table,
        metadata=metadata,
        transform=transform,
        origin=origin,
    )
    return rule if _looks_back(rule, report) else None


def check_keys(table: Table, metadata: Table, report: Report) -> None:
    """Warn of keys that nobody reads, for they may be misspelt (``RULE008``)."""
    for where, found, known in (("rule", table, KNOWN), ("metadata", metadata, METADATA)):
        for name in found:
            if name not in known:
                meant = near(name, known - found.keys(), 1)
                report.add(
                    "RULE008",
                    (where, name),
                    f"nothing reads the key `{shown(name)}` of [{where}]",
                    hint=did_you_mean(meant) or "take it out",
                    severity=Severity.WARNING,
                )


def check_tables(document: Table, report: Report) -> None:
    """Warn of tables of a rule file that nobody reads (``RULE008``)."""
    for name, value in document.items():
        if name not in TABLES:
            meant = near(name, set(TABLES) - document.keys(), 1)
            report.add(
                "RULE008",
                (name, 0) if isinstance(value, list) else (name,),
                f"nothing reads the table [{shown(name)}]",
                hint=did_you_mean(meant) or "take it out",
                severity=Severity.WARNING,
            )


def _is_deep(table: Table) -> bool:
    """Whether values are nested beyond any use; what reads rules later may recurse."""
    level: list[Any] = [table]
    for _ in range(_DEEPEST):
        level = [
            value
            for outer in level
            for value in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(value, (dict, list))
        ]
        if not level:
            return False
    return True


def _value(key: Key, value: object, report: Report) -> Any:  # noqa: ANN401 - by the key's shape
    """The value as `Rule` holds it, None if it cannot be used."""
    match key.shape, value:
        case Shape.TEXT, str():
            return bool(value) if key.field == "building_block" else value
        case Shape.WHOLE, int() if not isinstance(value, bool):
            return value
        case Shape.WHOLE, float() if value.is_integer():
            return int(value)
        case Shape.FLAG, bool():
            return value
        case Shape.TEXTS, list() if all(isinstance(entry, str) for entry in value):
            return tuple(value)
        case Shape.TABLES, list() if all(isinstance(entry, Mapping) for entry in value):
            return threats(value, report) if key.field == "threat" else tuple(value)
        case Shape.ANY, _:
            return value
        case _:
            return _misshapen(key, value, report)


def _misshapen(key: Key, value: object, report: Report) -> object:
    """Tell of a value of the wrong shape; prose that can be used all the same is."""
    report.add(
        "RULE006",
        ("rule", key.name),
        f"`{key.name}` must be {key.shape}",
        label=f"found {_kind(value)}",
        hint=f"write {key.hint}",
        severity=Severity.WARNING if key.prose else Severity.ERROR,
    )
    if key.prose and key.shape is Shape.TEXTS and isinstance(value, str):
        return (value,)
    return None


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            if all(isinstance(entry, str) for entry in value):
                return "a list"
            odd = next(entry for entry in value if not isinstance(entry, str))
            return f"a list with {'a list' if isinstance(odd, list) else _kind(odd)} in it"
        case Mapping():
            return "a table"
        case date():
            return "a date"
        case _:
            return type(value).__name__


def _require(fields: Mapping[str, Any], report: Report, *, filtered: bool) -> None:
    """Tell of keys without which there is no rule; filters may be all that a rule asks."""
    needed = ["rule_id", "name", "type"]
    allowed = LANGUAGES.get(fields.get("type", ""), ())
    enough = "kuery" in allowed and filtered  # Kibana's empty query is every event
    if allowed and fields["type"] not in WITHOUT_QUERY and not enough:
        needed.append("query")
    for key in KEYS:
        if key.name in needed and not str(fields.get(key.field, "")).strip():
            if any(f"`{key.name}`" in found.message for found in report.diagnostics):
                continue
            report.add(
                "RULE005",
                ("rule", key.name),
                f"the rule has no `{key.name}`",
                hint=f"add to [rule]: {key.hint}",
            )


def _judge(fields: dict[str, Any], report: Report) -> None:
    """Tell of values that are not allowed, and of times that cannot be read."""
    kind = fields.get("type", "")
    if kind and kind not in LANGUAGES:
        report.not_one_of(("rule", "type"), kind, LANGUAGES)
    allowed = LANGUAGES.get(kind, ())
    if allowed and fields.setdefault("language", allowed[0]) not in allowed:
        report.not_one_of(("rule", "language"), fields["language"], allowed)
    if fields.get("severity", "low") not in SEVERITIES:
        report.not_one_of(("rule", "severity"), fields["severity"], SEVERITIES)
    for name, least, most in (("risk_score", 0, 100), ("max_signals", 1, None)):
        value = fields.get(name, least)
        if value < least or (most is not None and value > most):
            bound = f"at least {least}" if most is None else f"from {least} to {most}"
            report.add(
                "RULE007", ("rule", name), f"`{name}` must be {bound}", label=f"found {value}"
            )
    for field, name in (("from_", "from"), ("to", "to"), ("interval", "interval")):
        if field in fields:
            try:
                _ = interval(fields[field]) if field == "interval" else date_math(fields[field])
            except TimingError as error:
                report.add("RULE010", ("rule", name), f"`{name}` cannot be read: {error}")


def _looks_back(rule: Rule, report: Report) -> bool:
    try:
        return look_back(rule) > 0
    except TimingError as error:
        report.add("RULE010", ("rule", "from"), f"the rule looks back at nothing: {error}")
        return False


def _complete(fields: dict[str, Any], table: Table, report: Report) -> None:
    """Fill in what another key says, and what a rule should have and has not."""
    if "description" not in fields:
        _assumed(report, "description", "none")
    if "severity" not in fields:
        score = fields.get("risk_score", 0)
        order = list(SEVERITIES)
        steps = sum(score > SEVERITIES[name] for name in order[:-1])
        fields["severity"] = order[steps]
        _assumed(report, "severity", fields["severity"])
    if "risk_score" not in fields:
        fields["risk_score"] = SEVERITIES[fields["severity"]]
        _assumed(report, "risk_score", str(fields["risk_score"]))
    highlighted = table.get("investigation_fields")
    if isinstance(highlighted, Mapping):
        fields["investigation_fields"] = _texts(highlighted.get("field_names"))
    terms = table.get("new_terms")
    if isinstance(terms, Mapping):
        fields["new_terms_fields"] = _texts(terms.get("value"))
        window = terms.get("history_window_start")
        if isinstance(window, Sequence) and window and isinstance(window[0], Mapping):
            fields["history_window_start"] = str(window[0].get("value", ""))


def _assumed(report: Report, name: str, value: str) -> None:
    report.add(
        "RULE005",
        ("rule", name),
        f"the rule has no `{name}`: {value} is assumed",
        severity=Severity.WARNING,
    )


def _of_metadata(metadata: Table, report: Report) -> dict[str, Any]:
    maturity = metadata.get("maturity", "production")
    if maturity not in MATURITIES:
        report.not_one_of(
            ("metadata", "maturity"), str(maturity), MATURITIES, severity=Severity.WARNING
        )
    integration = metadata.get("integration")
    return {
        "maturity": str(maturity),
        "integration": (integration,) if isinstance(integration, str) else _texts(integration),
        "min_stack_version": _text(metadata.get("min_stack_version")),
        "creation_date": _text(metadata.get("creation_date")),
        "updated_date": _text(metadata.get("updated_date")),
    }


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    return tuple(entry for entry in value if isinstance(entry, str))


def _text(value: object) -> str:
    """Text as it is, a TOML date in the rules' way."""
    if isinstance(value, datetime | date):
        return value.strftime("%Y/%m/%d")
    return value if isinstance(value, str) else ""
