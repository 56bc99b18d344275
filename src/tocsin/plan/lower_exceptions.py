r"""Exception items to predicates: a rule's condition, and none of these.

    process.name is nmap                match       text, number, address or block by field kind
    user.name is one of (a, b)          match_any
    file.path matches C:\\Temp\\*       wildcard    ``\`` before ``* ? \`` makes them plain
    source.ip is in list partners       list        few values as leaves, many in a table

Items are OR'ed and their entries AND'ed; a missing field satisfies no entry, and every excluded
one. The entries of a ``nested`` one must hold for one object all by itself.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.diagnostics import Diagnostic, Severity
from tocsin.languages.esql.typed import Source
from tocsin.plan.leaves_eql import UnreadableError
from tocsin.plan.leaves_kql import ANALYSED, Glob, Manner, Phrase, UnfitError, is_value
from tocsin.plan.lower_kql import hopeful
from tocsin.plan.passes import FALSE, conjunction, disjunction, negation, text
from tocsin.plan.plan import Plan, StagePlan, TablePlan, ThreatPlan, stages_of
from tocsin.plan.predicate import Compare, Exists, FieldRef, Inside, Listed, Predicate, Within
from tocsin.plan.wildcard import escaped
from tocsin.rules.exception_item import Entry, Item
from tocsin.rules.value_lists import Listing, ValueLists
from tocsin.rules.value_table import Holds
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

_ESCAPE = re.compile(r"\\([*?\\])|\\")


@dataclass(frozen=True, slots=True)
class Lowered:
    """An item as a predicate."""

    item: Item
    condition: Predicate


def lower_item(
    item: Item, schema: Schema, lists: ValueLists
) -> tuple[Lowered | None, list[Diagnostic]]:
    """Compile an item; None, with an error, if it cannot be used."""
    lowering = _Lowering(schema, lists)
    terms = [lowering.entry(entry) for entry in item.entries]
    terms += lowering.limits(item)
    if any(found.severity is Severity.ERROR for found in lowering.told):
        return None, lowering.told
    return Lowered(item, conjunction(terms)), lowering.told


def with_exceptions(plan: Plan, excepted: Sequence[Lowered]) -> Plan:
    """The plan for events, and for indicators, that no exception is about.

    Of ES|QL, exceptions that name a computed column are left to `of_rows`.
    """
    later = of_rows(plan, excepted)
    excepted = [each for each in excepted if each not in later]
    if not excepted:
        return plan
    first = _first_positions(plan)
    changed = {
        id(stage): _without(stage, _of_stage(excepted, place, stage.runs))
        for place, stage in zip(first, stages_of(plan), strict=True)
    }

    def with_stages(value: object) -> object:
        if isinstance(value, StagePlan):
            return changed.get(id(value), value)
        if isinstance(value, tuple) and value and isinstance(value[0], StagePlan):
            return tuple(map(with_stages, value))
        return value

    names = [field.name for field in dataclasses.fields(plan)]
    values: dict[str, Any] = {name: with_stages(getattr(plan, name)) for name in names}
    found = dataclasses.replace(plan, **values)
    if isinstance(found, ThreatPlan):
        return dataclasses.replace(found, indicator=_but(found.indicator, excepted))
    return found


def of_rows(plan: Plan, excepted: Sequence[Lowered]) -> tuple[Lowered, ...]:
    """The exceptions that name a column which an ES|QL query computes: no event has it."""
    if not isinstance(plan, TablePlan):
        return ()
    source = plan.pipeline.source
    given = {column.name for column in source.columns} if isinstance(source, Source) else set()
    computed = {column.name for column in plan.pipeline.result} - given
    return tuple(
        each for each in excepted if any(entry.field in computed for entry in each.item.entries)
    )


def stage_count(plan: Plan) -> int:
    """How many stages a plan has as alerts count them, repeats one by one, ``until`` not."""
    until = getattr(plan, "until", None) is not None
    stages = stages_of(plan)
    return sum(stage.runs for stage in (stages[:-1] if until else stages))


def _first_positions(plan: Plan) -> list[int]:
    """The number of each stage's first event, as alerts count."""
    found, position = [], 0
    for stage in stages_of(plan):
        found.append(position)
        position += stage.runs
    return found


def _of_stage(excepted: Iterable[Lowered], place: int, runs: int) -> list[Lowered]:
    return [
        each
        for each in excepted
        if each.item.stage is None or place <= each.item.stage < place + runs
    ]


def _without(stage: StagePlan, excepted: Iterable[Lowered]) -> StagePlan:
    return dataclasses.replace(stage, condition=_but(stage.condition, excepted))


def _but(condition: Predicate, excepted: Iterable[Lowered]) -> Predicate:
    barred = disjunction(each.condition for each in excepted)
    return conjunction([condition, negation(barred, "no exception applies")])


class _Lowering:
    def __init__(self, schema: Schema, lists: ValueLists) -> None:
        self._schema = schema
        self._lists = lists
        self.told: list[Diagnostic] = []

    def entry(self, entry: Entry, prefix: str = "") -> Predicate:
        """An entry as a predicate; ``prefix``: the object that its field stands in."""
        name = prefix + entry.field
        if entry.type == "nested":
            terms = [self.entry(inner, f"{name}.") for inner in entry.entries]
            found = inside(name, conjunction(terms), _clause(entry))
        else:
            kind = self._schema.kind_alone(name) if prefix else self._schema.kind(name)
            field = FieldRef(self._schema.path(name), kind)
            found = self._leaf(entry, field, entry.fold or self._schema.folded(name))
        return found if entry.included else negation(found, f"not {_clause(entry)}")

    def limits(self, item: Item) -> list[Predicate]:
        """The systems and the time that an item holds for."""
        terms = []
        if item.os_types:
            systems = [escaped(name) for name in item.os_types]
            terms.append(
                disjunction(
                    [
                        text(FieldRef("host.os.type", Kind.KEYWORD), systems),
                        text(FieldRef("host.os.name", Kind.KEYWORD), systems, fold=True),
                    ]
                )
            )
        if item.expires is not None:
            time = FieldRef("@timestamp", Kind.DATE)
            other = FieldRef("event.ingested", Kind.DATE)
            terms.append(
                disjunction(
                    [
                        Compare(time, "<", item.expires),
                        conjunction([negation(Exists(time)), Compare(other, "<", item.expires)]),
                    ]
                )
            )
        return terms

    def _leaf(self, entry: Entry, field: FieldRef, fold: bool) -> Predicate:
        clause = _clause(entry)
        match entry.type:
            case "exists":
                return Exists(field, clause=clause)
            case "wildcard":
                globs = [Glob(self._pattern(entry, value)) for value in entry.values]
                return disjunction(self._is(entry, field, one, fold, clause) for one in globs)
            case "list":
                fold = fold or entry.values[1:] == ("text",)
                found = self._lists.find(*entry.values, folded=fold)
                if isinstance(found, Diagnostic):
                    self._tell(entry, found.code, found.message, found.hint)
                    return FALSE
                return _listed(field, found, fold, clause)
            case _:
                phrases = map(Phrase, entry.values)
                return disjunction(self._is(entry, field, one, fold, clause) for one in phrases)

    def _is(
        self, entry: Entry, field: FieldRef, asked: Phrase | Glob, fold: bool, clause: str
    ) -> Predicate:
        """A value or pattern, as Kibana asks for it; of text, whole words in their order."""
        compat = self._schema.text == "compat" or field.kind in ANALYSED
        try:
            return is_value(field, asked, fold=fold, clause=clause, manner=Manner(compat))
        except UnfitError as error:
            if isinstance(asked, Glob):  # numbers and addresses are compared as they are written
                return text(field, [asked.pattern], fold=fold, clause=clause)
            self._tell(entry, "EXC011", f"`{entry.field}` {error.problem}")
        except UnreadableError as error:
            message = f"`{entry.field}` holds {error.what}, and `{error.value}` is none"
            self._tell(entry, "EXC011", message)
        return FALSE

    def _pattern(self, entry: Entry, value: str) -> str:
        """The pattern with a backslash that escapes nothing made plain."""
        stars = [each[1] for each in _ESCAPE.finditer(value) if each[1] in ("*", "?")]
        if stars:
            self._tell(
                entry,
                "EXC014",
                f"`\\{stars[0]}` stands for a plain `{stars[0]}` here",
                "write `\\\\*` for a backslash and then any characters",
                Severity.WARNING,
            )
        return _ESCAPE.sub(lambda found: found[0] if found[1] else "\\\\", value)

    def _tell(
        self,
        entry: Entry,
        code: str,
        message: str,
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.told.append(entry.place.told(code, message, hint=hint, severity=severity))


def inside(path: str, condition: Predicate, clause: str) -> Predicate:
    """Some object at a path satisfies the condition by itself."""
    # some object can only satisfy what all of them together do: quick to see
    return conjunction([hopeful(condition), Inside(path, condition, clause=clause)])


def _clause(entry: Entry) -> str:
    values = ", ".join(entry.values[:3]) + (", …" if len(entry.values) > 3 else "")
    return f"exception: {entry.field} {entry.type} {values}".rstrip()


def _listed(field: FieldRef, found: Listing, fold: bool, clause: str) -> Predicate:
    terms: list[Predicate] = []
    if found.values and found.holds is Holds.IP:
        terms.append(Within(field, found.values, clause=clause))
    elif found.values:
        terms.append(text(field, map(escaped, found.values), fold=fold, clause=clause))
    if found.patterns:
        terms.append(text(field, found.patterns, fold=fold, clause=clause))
    if found.table is not None:
        terms.append(Listed(field, found.table, clause=clause))
    return disjunction(terms)
