"""How near to the present an event must be for a pipeline to find anything.

Rules ask what is *newly* seen in many days: ``first = MIN(@timestamp) … | WHERE
DATE_DIFF("minute", first, now()) <= 10``. Such a row needs an event of the last eleven minutes, so
that most of the times at which the rule runs have no answer, which need not be computed.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.languages.esql.spans import MILLISECONDS
from tocsin.languages.esql.typed import (
    Aggregate,
    Apply,
    Column,
    Constant,
    Duration,
    Extend,
    Filter,
    Pipeline,
    Source,
    Typed,
)
from tocsin.plan.esql_defined import Defined

_ORDER = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_PICK_ONE = ("min", "max", "mv_min", "mv_max", "mv_first", "mv_last")


def recent(pipeline: Pipeline) -> int | None:
    """The most milliseconds from some event to the present in any row; None: no matter how many."""
    if not isinstance(pipeline.source, Source):
        return None
    looking = _Looking(pipeline.source)
    found: list[int] = []
    for step in pipeline.steps:
        match step:
            case Filter(condition):
                found += looking.bounds(condition)
            case Extend(column, expression):
                looking.defined[column.id] = expression
            case Aggregate(groups, aggregates):
                if not groups and not step.inline:
                    found = []  # this gives a row where there are no events, too
                for each in (*groups, *aggregates):
                    looking.defined[each.column.id] = each.expression
            case _:
                continue
    return min(found, default=None)


class _Looking(Defined):
    def __init__(self, source: Source) -> None:
        self._time = {each.id for each in source.columns if each.name == "@timestamp"}
        super().__init__()

    def bounds(self, condition: Typed) -> Iterator[int]:
        """What a condition says, wherever it is true, of the time since some event."""
        match condition:
            case Apply("and", arguments):
                for each in arguments:
                    yield from self.bounds(each)
            case Apply(sign, (left, right)) if sign in _ORDER:
                for least, below in ((left, right), (right, left)):
                    bound = self._since(sign, least, below)
                    if bound is not None:
                        yield bound
                    sign = _ORDER[sign]
            case _:
                return

    def _since(self, sign: str, left: Typed, right: Typed) -> int | None:
        left, right = self.resolved(left), self.resolved(right)
        match sign, left, right:
            case (
                "<" | "<=",
                Apply("date_diff", (Constant(str(unit)), time, now)),
                Constant(int(most)),
            ):
                size = MILLISECONDS.get(unit.lower().removesuffix("s"))
                told = size is not None and self._is_now(now) and self._is_time(time)
                return (most + 1) * size if told and size is not None else None
            case ">" | ">=", _, Apply("-", (now, Duration(months=0, milliseconds=span))):
                return span if self._is_now(now) and self._is_time(left) else None
            case _:
                return None

    def _is_now(self, node: Typed) -> bool:
        node = self.resolved(node)
        return isinstance(node, Apply) and node.name == "now"

    def _is_time(self, node: Typed) -> bool:
        """Whether an expression is null or the time of some event."""
        node = self.resolved(node)
        match node:
            case Column():
                return node.id in self._time
            case Constant(value):
                return value is None
            case Apply(name, (operand, *_)) if name in _PICK_ONE:
                return self._is_time(operand)
            case Apply("coalesce", arguments):
                return all(map(self._is_time, arguments))
            case Apply("case", arguments):
                pairs, rest = divmod(len(arguments), 2)
                told = [arguments[2 * pair + 1] for pair in range(pairs)]
                return all(map(self._is_time, [*told, *arguments[len(arguments) - rest :]]))
            case _:
                return False
