"""Parse ES|QL, the language of pipes.

    query      = source { "|" command }
    source     = "from" index { "," index } [ metadata ] | "row" columns
    metadata   = "metadata" name { "," name }, which may stand in brackets, as it had to once
    command    = where | eval | stats | keep | drop | rename | sort | limit | grok | dissect
               | expand | completion
    where      = "where" expression
    eval       = "eval" columns
    stats      = [ "inline" ] "stats" [ aggregate { "," aggregate } ] [ "by" columns ]
    aggregate  = column [ "where" expression ]
    columns    = column { "," column }
    column     = [ name "=" ] expression
    keep       = ( "keep" | "drop" ) pattern { "," pattern }
    rename     = "rename" name "as" name { "," name "as" name }
    sort       = "sort" order { "," order }
    order      = expression [ "asc" | "desc" ] [ "nulls" ( "first" | "last" ) ]
    limit      = "limit" INTEGER
    grok       = "grok" sum STRING { "," STRING }
    dissect    = "dissect" sum STRING [ "append_separator" "=" STRING ]
    expand     = "mv_expand" name
    completion = "completion" [ name "=" ] sum "with" map

Expressions are read by ``expressions.py``. Whether a well-formed query makes sense (columns, types,
functions) is asked in ``check.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from tocsin.diagnostics import Span
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.languages.esql.elsewhere import OTHER_COMMANDS
from tocsin.languages.esql.expressions import Expressions
from tocsin.languages.esql.nodes import (
    Command,
    Completion,
    Dissect,
    Drop,
    Eval,
    Expression,
    From,
    Grok,
    Keep,
    Limit,
    MvExpand,
    Named,
    NamePattern,
    Order,
    Query,
    Rename,
    Row,
    Sort,
    Stats,
    Where,
)
from tocsin.languages.esql.tokens import END, INDEX, INTEGER, QUOTED, RAW, TEXT, WORD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_COMMANDS = 500

_OF_SQL = "that is SQL; ES|QL goes step by step: `from … | where … | keep …`"


def parse(text: str) -> Query:
    """The tree of an ES|QL query.

    Raises
    ------
    QuerySyntaxError
        With a diagnostic for the first mistake in the text.
    """
    return _Parser(text).query()


def parse_expression(text: str) -> Expression:
    """The tree of a lone expression, such as ``process.name == "cmd.exe"``.

    Raises
    ------
    QuerySyntaxError
        With a diagnostic for the first mistake in the text.
    """
    parser = _Parser(text)
    expression = parser.expression()
    parser.expect(END, "an operator, or the end of the expression")
    return expression


class _Parser(Expressions):
    def query(self) -> Query:
        """``query = source { "|" command }``."""
        commands: list[Command] = [self.source()]
        while self.take("|"):
            if len(commands) > MAX_COMMANDS:
                self.fail("ESQ007", "the query has too many pipes", self.span(self.index))
            commands.append(self.command())
        self.expect(END, "`|` or the end of the query")
        return Query(tuple(commands), span=Span(0, len(self.text)))

    def source(self) -> From | Row:
        """``source = "from" … | "row" columns``."""
        first = self.index
        if self.take_word("row"):
            return Row(self.columns(), span=self.since(first))
        if not self.take_word("from"):
            self._other_command("`from` or `row`", ("from", "row"))
        indices = self.listed(self.source_name)
        metadata: tuple[str, ...] = ()
        bracket = self.kind == "[" and self.at_word("metadata", ahead=1) and self.take("[")
        if self.take_word("metadata"):
            metadata = tuple(field.name for field in self.listed(self.field))
        if bracket:
            self.expect("]", "`,` or `]`")
        return From(indices, metadata, span=self.since(first))

    def source_name(self) -> str:
        """The name of an index, or a pattern of names."""
        if self.kind in (TEXT, RAW):
            return str(self.constant().value)
        if self.kind == "(":
            message, hint = "queries inside `from` are not supported", "write a query for each"
            self.fail("ESQ005", message, self.span(self.index), "", hint)
        if self.kind not in (INDEX, WORD):
            self.unexpected("the name of an index, or a pattern such as `logs-*`")
        self.index += 1
        return self.word(self.index - 1)

    def command(self) -> Command:
        """``command = where | eval | …``."""
        first = self.index
        if self.take_word("inline"):
            self.expect_word("stats")
            return self.stats(first, inline=True)
        if self.take_word("inlinestats"):
            return self.stats(first, inline=True)
        read = self._COMMANDS.get(self.word(first).lower()) if self.kind == WORD else None
        if read is None:
            self._other_command("a command", tuple(self._COMMANDS))
        self.index += 1
        return read(self, first)

    def _other_command(self, expected: str, names: tuple[str, ...]) -> NoReturn:
        if self.kind != WORD:
            self.unexpected(expected)
        word = self.word(self.index)
        instead = OTHER_COMMANDS.get(word.lower())
        if instead is not None:
            message = f"`{word}` is not supported"
            self.fail("ESQ005", message, self.span(self.index), "", instead)
        hint = _OF_SQL if word.lower() == "select" else did_you_mean(near(word, names))
        self.fail("ESQ005", f"no command is called `{word}`", self.span(self.index), "", hint)

    def where(self, first: int) -> Where:
        """``where = "where" expression``."""
        condition = self.expression()
        return Where(condition, span=self.since(first))

    def eval_(self, first: int) -> Eval:
        """``eval = "eval" columns``."""
        columns = self.columns()
        return Eval(columns, span=self.since(first))

    def stats(self, first: int, *, inline: bool = False) -> Stats:
        """``stats = [ "inline" ] "stats" [ aggregate { "," aggregate } ] [ "by" columns ]``."""
        aggregates = () if self.at_word("by") else self.listed(self.aggregate)
        groups = self.columns() if self.take_word("by") else ()
        return Stats(aggregates, groups, inline, span=self.since(first))

    def aggregate(self) -> Named:
        """``aggregate = column [ "where" expression ]``."""
        first = self.index
        column = self.column()
        if not self.take_word("where"):
            return column
        condition = self.expression()
        name = column.name if column.written else self._text(first)
        return Named(name, column.expression, column.written, condition, span=self.since(first))

    def columns(self) -> tuple[Named, ...]:
        """``columns = column { "," column }``."""
        return self.listed(self.column)

    def column(self) -> Named:
        """``column = [ name "=" ] expression``."""
        first = self.index
        if self._named():
            name = self.field().name
            self.expect("=")
            expression = self.expression()
            return Named(name, expression, span=self.since(first))
        expression = self.expression()
        return Named(self._text(first), expression, written=False, span=self.since(first))

    def _text(self, first: int) -> str:
        """The text from a token on; a column's name stands without backticks."""
        span = self.since(first)
        text = self.text[span.start : span.end]
        if all(kind in (WORD, QUOTED, ".") for kind in self.kinds[first : self.index]):
            self.index, after = first, self.index
            text = self.field().name
            self.index = after
        return text

    def _named(self) -> bool:
        """Whether a name and ``=`` come next."""
        index = self.index
        while self.kinds[index] in (WORD, QUOTED) and self.kinds[index + 1] == ".":
            index += 2
        return self.kinds[index] in (WORD, QUOTED) and self.kinds[index + 1] == "="

    def keep(self, first: int) -> Keep:
        """``keep = "keep" pattern { "," pattern }``."""
        names = self.listed(self.pattern)
        return Keep(names, span=self.since(first))

    def drop(self, first: int) -> Drop:
        """``drop = "drop" pattern { "," pattern }``."""
        names = self.listed(self.pattern)
        return Drop(names, span=self.since(first))

    def pattern(self) -> NamePattern:
        """A name, or a pattern of names: segments, dots and stars without blanks between."""
        first, wild = self.index, False
        parts: list[str] = []
        while self.kind in (WORD, QUOTED, "*", ".", INTEGER) and (
            self.index == first or self.touches(self.index)
        ):
            if self.kind == "*":
                wild = True
            parts.append(self.word(self.index).strip("`").replace("``", "`"))
            self.index += 1
        if not parts:
            self.unexpected("a column, or a pattern such as `host.*`")
        return NamePattern("".join(parts), wild, span=self.since(first))

    def rename(self, first: int) -> Rename:
        """``rename = "rename" name "as" name { "," name "as" name }``."""
        pairs = self.listed(self.renamed)
        return Rename(pairs, span=self.since(first))

    def renamed(self) -> tuple[str, str]:
        """``name "as" name``, or ``new = old``."""
        one = self.field().name
        if self.take("="):
            return self.field().name, one
        self.expect_word("as")
        return one, self.field().name

    def sort(self, first: int) -> Sort:
        """``sort = "sort" order { "," order }``."""
        if self.at_word("by"):
            self.fail(
                "ESQ001",
                "`sort` takes its columns without `by`",
                self.span(self.index),
                "",
                "leave `by` out",
            )
        keys = self.listed(self.order)
        return Sort(keys, span=self.since(first))

    def order(self) -> Order:
        """``order = expression [ "asc" | "desc" ] [ "nulls" ( "first" | "last" ) ]``."""
        first = self.index
        expression = self.expression()
        descending = not self.take_word("asc") and self.take_word("desc")
        nulls_first: bool | None = None
        if self.take_word("nulls"):
            nulls_first = self.take_word("first")
            if not nulls_first:
                self.expect_word("last")
        return Order(expression, descending, nulls_first, span=self.since(first))

    def limit(self, first: int) -> Limit:
        """``limit = "limit" INTEGER``."""
        index = self.expect(INTEGER, "a number of rows")
        return Limit(min(self._integer(index), 2**31 - 1), span=self.since(first))

    def grok(self, first: int) -> Grok:
        """``grok = "grok" sum STRING { "," STRING }``."""
        operand = self.sum()
        patterns = self.listed(self.string)
        return Grok(operand, patterns, span=self.since(first))

    def dissect(self, first: int) -> Dissect:
        """``dissect = "dissect" sum STRING [ "append_separator" "=" STRING ]``."""
        operand = self.sum()
        pattern = self.string()
        separator = ""
        if self.take_word("append_separator"):
            self.expect("=")
            separator = str(self.string().value)
        return Dissect(operand, pattern, separator, span=self.since(first))

    def mv_expand(self, first: int) -> MvExpand:
        """``expand = "mv_expand" name``."""
        field = self.field()
        return MvExpand(field, span=self.since(first))

    def completion(self, first: int) -> Completion:
        """``completion = "completion" [ name "=" ] sum "with" map``."""
        target = "completion"
        if self._named():
            target = self.field().name
            self.expect("=")
        prompt = self.sum()
        options = self.map() if self.take_word("with") else None
        return Completion(target, prompt, options, span=self.since(first))

    _COMMANDS: Mapping[str, Callable[[_Parser, int], Command]] = {
        "where": where,
        "eval": eval_,
        "stats": stats,
        "keep": keep,
        "drop": drop,
        "rename": rename,
        "sort": sort,
        "limit": limit,
        "grok": grok,
        "dissect": dissect,
        "mv_expand": mv_expand,
        "completion": completion,
    }
