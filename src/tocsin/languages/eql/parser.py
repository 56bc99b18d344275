"""Parse EQL, Elastic's event query language.

    query    = ( sequence | sample | event ) { pipe }
    event    = ( "any" | WORD | STRING | RAW ) "where" expression
    sequence = "sequence" [ by ] [ maxspan ] stage { stage } [ "until" stage ]
    maxspan  = "with" "maxspan" "=" INTEGER unit
    stage    = ( "[" | "![" ) event "]" [ by ] [ runs ]
    runs     = "with" "runs" "=" INTEGER
    sample   = "sample" [ by ] "[" event "]" [ by ] { "[" event "]" [ by ] }
    by       = "by" field { "," field }
    pipe     = "|" ( "head" | "tail" ) expression

Conditions are read by ``expressions.py``. Whether a well-formed query makes sense (kinds of fields,
counts of keys, stages) is asked in ``check.py``.
"""

from __future__ import annotations

from typing import NoReturn

from tocsin.diagnostics import Span
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.languages.eql.expressions import Expressions
from tocsin.languages.eql.folding import fold_constant
from tocsin.languages.eql.nodes import (
    EventFilter,
    Expression,
    Field,
    Pipe,
    Query,
    Sample,
    Sequence,
    Stage,
)
from tocsin.languages.eql.tokens import DECIMAL, END, INTEGER, QUOTED, RAW, TEXT, TILDE, WORD

TIME_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
PIPES = ("head", "tail")
MAX_RUNS = 100
_OTHER_PIPES = ("count", "filter", "sort", "unique", "unique_count")
_MAX_MILLISECONDS = 2**63 - 1


def parse(text: str) -> Query:
    """The tree of an EQL query.

    Raises
    ------
    QuerySyntaxError
        With a diagnostic for the first mistake in the text.
    """
    return _Parser(text).query()


def parse_expression(text: str) -> Expression:
    """The tree of a lone condition, such as ``process.name : "cmd.exe"``.

    Raises
    ------
    QuerySyntaxError
        With a diagnostic for the first mistake in the text.
    """
    parser = _Parser(text)
    expression = parser.expression()
    parser.expect(END, "an operator, or the end of the condition")
    return expression


class _Parser(Expressions):
    def query(self) -> Query:
        """``query = ( sequence | sample | event ) { pipe }``."""
        body: EventFilter | Sequence | Sample
        match self.kind:
            case "sequence":
                body = self.sequence()
            case "sample":
                body = self.sample()
            case "join":
                self.fail(
                    "EQL020",
                    "`join` is not supported",
                    self.span(self.index),
                    "",
                    "events in order: `sequence`; events in any order: `sample by …`",
                )
            case _:
                body = self.event()
        pipes: list[Pipe] = []
        while self.take("|"):
            pipes.append(self.pipe())
        self.expect(END, "`|` or the end of the query" if pipes else self._behind(body))
        return Query(body, tuple(pipes), span=Span(0, len(self.text)))

    def _behind(self, body: EventFilter | Sequence | Sample) -> str:
        if isinstance(body, EventFilter):
            return "an operator, `|` or the end of the query"
        return "`[`, `|` or the end of the query"

    def event(self) -> EventFilter:
        """``event = ( "any" | WORD | STRING | RAW ) "where" expression``."""
        first = self.index
        category: str | None = None
        if self.kind in (TEXT, RAW):
            category = str(self.constant().value)
        elif self.kind == WORD and "." not in self.word(first):
            category = self.word(first)
            self.index += 1
        elif not self.take("any"):
            self.unexpected("an event category, such as `process`, or `any`")
        if self.kind == "(":
            self.index -= 1
            self.unexpected("an event category and `where` before the condition")
        self.expect("where")
        condition = self.expression()
        span = Span(self.starts[first], self.ends[self.index - 1])
        return EventFilter(category, condition, span=span)

    def sequence(self) -> Sequence:
        """``sequence = "sequence" [ by ] [ maxspan ] stage { stage } [ "until" stage ]``."""
        first = self.expect("sequence")
        keys = self.by()
        maxspan = self.maxspan()
        if maxspan is not None and self.kind == "by":
            self.fail(
                "EQL021",
                "`by` stands before `with maxspan`, not behind it",
                self.span(self.index),
                "",
                "write `sequence by … with maxspan=…`",
            )
        stages = [self.stage()]
        while self.kind in ("[", "!["):
            stages.append(self.stage())
        until = self.stage() if self.take("until") else None
        if until is not None and until.runs != 1:
            self.fail("EQL023", "`until` takes one event, without `with runs`", until.span)
        span = Span(self.starts[first], self.ends[self.index - 1])
        return Sequence(tuple(stages), keys, maxspan, until, span=span)

    def sample(self) -> Sample:
        """``sample = "sample" [ by ] "[" event "]" [ by ] { "[" event "]" [ by ] }``."""
        first = self.expect("sample")
        keys = self.by()
        if self.kind == "with":
            self.fail("EQL024", "a sample has no `maxspan`", self.span(self.index))
        stages = [self.stage()]
        while self.kind in ("[", "!["):
            stages.append(self.stage())
        if self.kind == "until":
            self.fail("EQL024", "a sample has no `until`", self.span(self.index))
        for stage in stages:
            if stage.missing or stage.runs != 1:
                what = "missing events (`![…]`)" if stage.missing else "`with runs`"
                self.fail("EQL024", f"a sample has no {what}", stage.span)
        span = Span(self.starts[first], self.ends[self.index - 1])
        return Sample(tuple(stages), keys, span=span)

    def stage(self) -> Stage:
        """``stage = ( "[" | "![" ) event "]" [ by ] [ runs ]``."""
        first = self.index
        missing = self.take("![")
        if not missing:
            self.expect("[", "`[` and an event")
        event = self.event()
        self.expect("]", "an operator or `]`")
        keys = self.by()
        runs = self.runs()
        if runs is not None and self.kind == "by":
            self.fail(
                "EQL021",
                "`by` stands before `with runs`, not behind it",
                self.span(self.index),
                "",
                "write `[…] by … with runs=…`",
            )
        if self.kind == WORD and self.word(self.index) == "as":
            self._named_event()
        span = Span(self.starts[first], self.ends[self.index - 1])
        return Stage(event, keys, missing, 1 if runs is None else runs, span=span)

    def _named_event(self) -> NoReturn:
        """Fail at ``as event0`` behind an event."""
        ends = self.index + (self.kinds[self.index + 1] == WORD)
        self.fail(
            "EQL029",
            "an event of a sequence has no name",
            Span(self.starts[self.index], self.ends[ends]),
            "",
            "only Elastic Endpoint compares with an earlier event so; in Elasticsearch events are "
            "joined by equal values: write `[…] by field`",
        )

    def by(self) -> tuple[Field, ...]:
        """``by = "by" field { "," field }``, or nothing."""
        if not self.take("by"):
            return ()
        keys = [self.key()]
        while self.take(","):
            keys.append(self.key())
        return tuple(keys)

    def key(self) -> Field:
        """A join key, which can only be a field."""
        first = self.index
        names = (WORD, QUOTED, "?")
        if self.kind in names and self.kinds[first + 1] != "(":
            field = self.field()
            if self.kind not in ("+", "-", "*", "/", "%", "(", ":", "==", "!="):
                return field
        elif self.kind not in (*names, TILDE, TEXT, RAW, INTEGER, DECIMAL, "-", "(", "null"):
            self.unexpected("a field to join by")
        span = self.span(first, max(first, self.index))
        return self.fail(
            "EQL022", "only fields can be join keys", span, "", "join by a field's name"
        )

    def maxspan(self) -> int | None:
        """``maxspan = "with" "maxspan" "=" INTEGER unit`` in milliseconds, or nothing."""
        if not self.take("with"):
            return None
        if self.kind == WORD and self.word(self.index) == "runs":
            self.fail(
                "EQL023",
                "`with runs` belongs behind one event, not to the whole sequence",
                self.span(self.index),
                "",
                "write `[…] with runs=…`",
            )
        self.expect("maxspan")
        self.expect("=")
        return self._duration()

    def _duration(self) -> int:
        """``INTEGER unit`` in milliseconds."""
        index = self.index
        if self.kind == "-":
            end = self.ends[index + 1] if self.kinds[index + 1] != END else self.ends[index]
            self.fail(
                "EQL025",
                "a positive maxspan is required",
                Span(self.starts[index], end),
                "",
                "write a time such as `5m`",
            )
        if self.kind == DECIMAL:
            self.fail(
                "EQL025",
                f"the time `{self.word(index)}` has decimals, which are not supported",
                self.span(index),
                "",
                "use a positive integer and a smaller unit: one of ms, s, m, h, d",
            )
        self.expect(INTEGER, "a time, such as `5m`")
        digits = self.word(index)
        if self.kind != WORD:
            self.fail(
                "EQL025",
                f"`{digits}` has no time unit",
                self.span(index),
                "",
                f"did you mean `{digits}s`? The units are ms, s, m, h, d",
            )
        unit = self.word(self.index)
        if unit not in TIME_UNITS:
            meant = "ms" if unit.lower().startswith("mil") else unit[0].lower()
            shown = meant if meant in TIME_UNITS else "s"
            self.fail(
                "EQL025",
                f"`{unit}` is not a time unit",
                self.span(self.index),
                "",
                f"did you mean `{digits}{shown}`? The units are ms, s, m, h, d",
            )
        self.index += 1
        amount = int(digits) * TIME_UNITS[unit] if len(digits) < 20 else _MAX_MILLISECONDS + 1
        if not 0 < amount <= _MAX_MILLISECONDS:
            problem = "a positive maxspan is required" if amount == 0 else "the time is too long"
            self.fail("EQL025", problem, self.span(index, index + 1), f"found `{digits}{unit}`")
        return amount

    def runs(self) -> int | None:
        """``runs = "with" "runs" "=" INTEGER``, or nothing."""
        if not self.take("with"):
            return None
        if self.kind == "maxspan":
            self.fail(
                "EQL023",
                "`with maxspan` belongs to the whole sequence, not to one event",
                self.span(self.index),
                "",
                "write `sequence by … with maxspan=…` before the first event",
            )
        if self.kind != WORD or self.word(self.index) != "runs":
            self.unexpected("`runs`")
        self.index += 1
        self.expect("=")
        index = self.index
        negative = self.take("-")
        self.expect(INTEGER, "the number of runs")
        count = int(self.word(self.index - 1)[:20])
        if negative or not 1 <= count <= MAX_RUNS:
            self.fail(
                "EQL026",
                f"the number of runs goes from 1 to {MAX_RUNS}",
                self.span(index, self.index - 1),
                f"found `{self.text[self.starts[index] : self.ends[self.index - 1]]}`",
            )
        return count

    def pipe(self) -> Pipe:
        """``pipe = "|" ( "head" | "tail" ) expression``, the expression being a constant."""
        first = self.index
        if self.kind == END or self.kind != WORD:
            self.unexpected("`head` or `tail` behind `|`")
        name = self.word(first)
        if name not in PIPES:
            known = name in _OTHER_PIPES
            self.fail(
                "EQL027",
                f"the pipe `{name}` is not supported" if known else f"unknown pipe `{name}`",
                self.span(first),
                "",
                "there are `head` and `tail`"
                if known
                else did_you_mean(near(name, PIPES)) or "there are `head` and `tail`",
            )
        self.index += 1
        arguments: list[Expression] = []
        if self.kind not in (END, "|"):
            arguments.append(self.expression())
            while self.take(","):
                arguments.append(self.expression())
        return self._counted(name, first, arguments)

    def _counted(self, name: str, first: int, arguments: list[Expression]) -> Pipe:
        if len(arguments) != 1:
            self.fail(
                "EQL028",
                f"`{name}` takes one number, but found {len(arguments)}",
                self.span(first, self.index - 1),
                "",
                f"write `| {name} 10`",
            )
        value = fold_constant(arguments[0])
        if value is None or type(value.value) is not int or value.value < 0:
            self.fail(
                "EQL028",
                f"`{name}` takes a positive integer",
                self.span(first + 1, self.index - 1),
                f"found `{self.text[self.starts[first + 1] : self.ends[self.index - 1]]}`",
            )
        return Pipe(name, value.value, span=self.span(first, self.index - 1))
