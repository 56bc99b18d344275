r"""The ``filters`` of rules, written in Elasticsearch's query DSL, as one predicate.

    [[rule.filters]]
    [rule.filters.meta]
    negate = true
    [rule.filters.query.wildcard."file.path"]
    case_insensitive = true
    value = "?:\\\\Windows\\\\*"

Each filter holds, or with ``meta.negate`` does not hold; one with ``meta.disabled`` is passed over.
A clause that is not known here makes the rule unusable: it is never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from tocsin.diagnostics import NOWHERE, Diagnostic, Span
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.languages import QueryError
from tocsin.languages.lucene.parser import parse
from tocsin.plan.filter_shapes import (
    SCORING,
    FilterError,
    Path,
    flag_in,
    key_in,
    limits_in,
    list_in,
    of_field,
    only,
    scalar_in,
    table_in,
    text_in,
)
from tocsin.plan.filter_should import least_of, some_of
from tocsin.plan.leaves_eql import UnreadableError
from tocsin.plan.leaves_kql import (
    ANALYSED,
    Glob,
    Manner,
    Phrase,
    Words,
    fits_regex,
    is_between,
    is_term,
    is_value,
)
from tocsin.plan.lower_kql import Fields, Question, hopeful, unreadable
from tocsin.plan.lower_lucene import lower_lucene
from tocsin.plan.passes import FALSE, TRUE, conjunction, disjunction, negation
from tocsin.plan.predicate import FieldRef, Inside, Predicate
from tocsin.plan.regex import regex_error
from tocsin.plan.wildcard import escaped
from tocsin.schema.fields import Schema

Places = Callable[[Path], Span]

_BOUNDS: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_FORMATS: Final = frozenset({"strict_date_optional_time", "epoch_millis", "date_optional_time"})


def filters_of(
    filters: object, schema: Schema, places: Places = lambda _: NOWHERE, text: str = ""
) -> tuple[Predicate | None, list[Diagnostic]]:
    """All filters of a rule as one predicate; without one, the diagnostics say why.

    Parameters
    ----------
    filters
        The rule's ``filters`` as they were read; None for none.
    places, text
        Where a key of the rule stands in which text.
    """
    if filters is None:
        return TRUE, []
    reading = _Reading(schema)
    found: list[Diagnostic] = []
    terms: list[Predicate] = []
    rows = filters if isinstance(filters, Sequence) and not isinstance(filters, str) else [filters]
    for number, row in enumerate(rows):
        try:
            terms.append(reading.filter(row, ("filters", number)))
        except FilterError as error:
            span = places(("rule", *error.path))
            found.append(Diagnostic(error.code, str(error), span=span, hint=error.hint, text=text))
    return (None if found else conjunction(terms)), found


class _Reading:
    """Reads filters of one rule."""

    def __init__(self, schema: Schema) -> None:
        self._fields = Fields(schema)
        self._manner = Manner(schema.text == "compat")
        self._clauses: dict[str, Callable[[Any, Path], Predicate]] = {
            "bool": self._bool,
            "boosting": lambda body, path: self._clause(key_in(body, "positive", path), path),
            "constant_score": lambda body, path: self._clause(key_in(body, "filter", path), path),
            "dis_max": self._dis_max,
            "exists": self._exists,
            "match": self._match,
            "match_all": lambda _body, _path: TRUE,
            "match_none": lambda _body, _path: FALSE,
            "match_phrase": self._match_phrase,
            "match_phrase_prefix": self._match_phrase_prefix,
            "multi_match": self._multi_match,
            "nested": self._nested,
            "prefix": self._prefix,
            "query_string": self._query_string,
            "range": self._range,
            "regexp": self._regexp,
            "term": self._term,
            "terms": self._terms,
            "wildcard": self._wildcard,
        }
        self._shown = ""

    def filter(self, row: object, path: Path) -> Predicate:
        """One filter: its query, with what ``meta`` says of it."""
        table = table_in(row, path)
        meta = table_in(table.get("meta") or {}, (*path, "meta"))
        if flag_in(meta, "disabled", (*path, "meta")):
            return TRUE
        if meta.get("type") == "combined":
            found = self._combined(meta, (*path, "meta"))
        else:
            query = table.get("query")
            if query is None:
                # the older form, in which the clause stands beside ``meta``
                query = {key: value for key, value in table.items() if key not in _BESIDE}
                if not query and meta.get("type"):
                    raise FilterError("KQL131", "the filter has no `query`", path)
            else:
                path = (*path, "query")
            self._shown = orjson.dumps(query, default=str).decode()
            found = self._clause(query, path)
        if not flag_in(meta, "negate", (*path, "meta")):
            return found
        return negation(found, f"not {self._shown}")

    def _combined(self, meta: Mapping[str, Any], path: Path) -> Predicate:
        rows = list_in(meta.get("params"), (*path, "params"))
        terms = [self.filter(row, (*path, "params", at)) for at, row in enumerate(rows)]
        return disjunction(terms) if meta.get("relation") == "OR" else conjunction(terms)

    def _clause(self, query: object, path: Path) -> Predicate:
        """One clause of the DSL; an empty one is everything, as in Kibana."""
        table = table_in(query, path)
        if not table:
            return TRUE
        if len(table) > 1:
            names = ", ".join(f"`{name}`" for name in table)
            raise FilterError("KQL131", f"a clause has one name, found {names}", path)
        name, body = next(iter(table.items()))
        read = self._clauses.get(name)
        if read is None:
            hint = did_you_mean(near(name, self._clauses, 1))
            message = f"`{name}` is no clause that is known here"
            raise FilterError("KQL130", message, (*path, name), hint)
        return read(body, (*path, name))

    def _bool(self, body: object, path: Path) -> Predicate:
        table = table_in(body, path)
        for key in table:
            if key not in _BOOL:
                hint = did_you_mean(near(key, _BOOL, 1))
                raise FilterError("KQL130", f"`bool` has no `{key}`", (*path, key), hint)
        must = [*self._each(table, "must", path), *self._each(table, "filter", path)]
        unwanted = [
            negation(term, f"not {self._shown}") for term in self._each(table, "must_not", path)
        ]
        should = self._each(table, "should", path)
        least = least_of(table.get("minimum_should_match"), len(should), bool(must), path)
        return conjunction([*must, *unwanted, some_of(should, least, path)])

    def _dis_max(self, body: object, path: Path) -> Predicate:
        return disjunction(self._each(table_in(body, path), "queries", path))

    def _each(self, table: Mapping[str, Any], key: str, path: Path) -> list[Predicate]:
        found = table.get(key)
        path = (*path, key)
        if found is None:
            return []
        if isinstance(found, Mapping):
            return [self._part(found, path)]
        rows = list_in(found, path)
        return [self._part(row, (*path, at)) for at, row in enumerate(rows)]

    def _part(self, query: object, path: Path) -> Predicate:
        """A clause in another, which is quoted by itself."""
        outer, self._shown = self._shown, orjson.dumps(query, default=str).decode()
        found = self._clause(query, path)
        self._shown = outer
        return found

    def _ask(self, name: str, question: Question, path: Path) -> Predicate:
        try:
            return self._fields.one(name, question)
        except UnreadableError as error:
            told = unreadable(error, name, NOWHERE, "")
            raise FilterError(told.code, told.message, path, told.hint) from None

    def _exists(self, body: object, path: Path) -> Predicate:
        name = text_in(key_in(body, "field", path), (*path, "field"))
        shown = self._shown
        return self._fields.exists(
            name,
            lambda field, fold: is_value(
                field, Glob("*"), fold=fold, clause=shown, manner=self._manner
            ),
            shown,
        )

    def _term(self, body: object, path: Path) -> Predicate:
        name, value, options = of_field(body, ("value",), path)
        only(options, {"case_insensitive", "boost", "_name"}, path)
        return self._is_term(name, scalar_in(value, path), options.get("case_insensitive"), path)

    def _is_term(self, name: str, value: str, folded: object, path: Path) -> Predicate:
        shown = self._shown
        return self._ask(
            name,
            lambda field, fold: is_term(
                field, value, fold=fold or folded is True, clause=shown, manner=self._manner
            ),
            path,
        )

    def _terms(self, body: object, path: Path) -> Predicate:
        table = {key: value for key, value in table_in(body, path).items() if key not in SCORING}
        if len(table) != 1:
            raise FilterError("KQL131", "`terms` takes one field", path)
        name, values = next(iter(table.items()))
        path = (*path, name)
        return disjunction(
            self._is_term(name, scalar_in(value, path), False, path)
            for value in list_in(values, path)
        )

    def _match(self, body: object, path: Path) -> Predicate:
        name, value, options = of_field(body, ("query",), path)
        only(options, {"operator", "type", "lenient", *SCORING}, path)
        text = scalar_in(value, path)
        if options.get("type") == "phrase":
            return self._is_value(name, Phrase(text), path)
        if str(options.get("operator", "or")).lower() == "and":
            return conjunction(self._is_value(name, Words(part), path) for part in text.split())
        return self._is_value(name, Words(text), path)

    def _match_phrase(self, body: object, path: Path) -> Predicate:
        name, value, options = of_field(body, ("query",), path)
        if options.get("slop") in (0, "0"):
            options = {key: told for key, told in options.items() if key != "slop"}
        only(options, {*SCORING}, path)
        return self._is_value(name, Phrase(scalar_in(value, path)), path)

    def _match_phrase_prefix(self, body: object, path: Path) -> Predicate:
        """A phrase whose last word may go on; only as values are compared raw."""
        name, value, options = of_field(body, ("query",), path)
        only(options, {"max_expansions", *SCORING}, path)
        if self._manner.compat:
            raise FilterError("KQL130", "`match_phrase_prefix` is known for raw texts only", path)
        text = scalar_in(value, path)
        shown = self._shown

        def question(field: FieldRef, fold: bool) -> Predicate:
            asked = Phrase(text) if field.kind in ANALYSED else Glob(f"{escaped(text)}*")
            return is_value(field, asked, fold=fold, clause=shown, manner=self._manner)

        return self._ask(name, question, path)

    def _multi_match(self, body: object, path: Path) -> Predicate:
        table = table_in(body, path)
        only(
            {key: value for key, value in table.items() if key not in ("query", "fields")},
            {"type", "lenient", *SCORING},
            path,
        )
        text = scalar_in(key_in(table, "query", path), path)
        asked = Phrase(text) if table.get("type") == "phrase" else Words(text)
        names = [text_in(name, path) for name in list_in(table.get("fields") or ["*"], path)]
        return disjunction(self._is_value(name, asked, path) for name in names)

    def _is_value(
        self, name: str, asked: Phrase | Words | Glob, path: Path, *, folded: bool = False
    ) -> Predicate:
        shown = self._shown

        def question(field: Any, fold: bool) -> Predicate:  # noqa: ANN401 - a FieldRef
            return is_value(field, asked, fold=fold or folded, clause=shown, manner=self._manner)

        if "*" in name:
            pattern = "*".join(map(escaped, name.split("*")))
            return self._fields.any(pattern, question, shown)
        return self._ask(name, question, path)

    def _prefix(self, body: object, path: Path) -> Predicate:
        name, value, options = of_field(body, ("value",), path)
        only(options, {"case_insensitive", "rewrite", *SCORING}, path)
        pattern = Glob(f"{escaped(scalar_in(value, path))}*")
        return self._is_value(name, pattern, path, folded=options.get("case_insensitive") is True)

    def _wildcard(self, body: object, path: Path) -> Predicate:
        name, value, options = of_field(body, ("value", "wildcard"), path)
        only(options, {"case_insensitive", "rewrite", *SCORING}, path)
        pattern = Glob(text_in(value, path))
        return self._is_value(name, pattern, path, folded=options.get("case_insensitive") is True)

    def _regexp(self, body: object, path: Path) -> Predicate:
        name, value, options = of_field(body, ("value",), path)
        only(
            options,
            {"case_insensitive", "rewrite", "flags", "max_determinized_states", *SCORING},
            path,
        )
        if str(options.get("flags", "ALL")).upper() != "ALL":
            raise FilterError("KQL130", "`regexp` is known without `flags` only", path)
        pattern, shown = text_in(value, path), self._shown
        wrong = regex_error(pattern)
        if wrong:
            raise FilterError("KQL131", f"the regular expression cannot be read: {wrong}", path)
        folded = options.get("case_insensitive") is True
        return self._ask(
            name,
            lambda field, fold: fits_regex(
                field, pattern, fold=fold or folded, clause=shown, manner=self._manner
            ),
            path,
        )

    def _range(self, body: object, path: Path) -> Predicate:
        table = table_in(body, path)
        if len(table) != 1:
            raise FilterError("KQL131", "`range` takes one field", path)
        name, limits = next(iter(table.items()))
        path, shown = (*path, name), self._shown
        table = limits_in(table_in(limits, path))
        options = {key: value for key, value in table.items() if key not in _BOUNDS}
        only(options, {"format", "relation", *SCORING}, path)
        formats = str(options.get("format") or "epoch_millis").split("||")
        if not _FORMATS.issuperset(formats):
            raise FilterError("KQL130", f"dates in the format `{options['format']}`", path)
        bounds = [
            (_BOUNDS[key], scalar_in(value, (*path, key)))
            for key, value in table.items()
            if key in _BOUNDS and value is not None
        ]
        return self._ask(
            name,
            lambda field, _: is_between(field, bounds, clause=shown, manner=self._manner),
            path,
        )

    def _nested(self, body: object, path: Path) -> Predicate:
        table = table_in(body, path)
        place = text_in(key_in(table, "path", path), path)
        inner = self._clause(key_in(table, "query", path), (*path, "query"))
        leaf = Inside(place, inner, clause=self._shown)
        return conjunction([hopeful(inner), leaf])

    def _query_string(self, body: object, path: Path) -> Predicate:
        table = table_in(body, path)
        text = text_in(key_in(table, "query", path), (*path, "query"))
        known = {"analyze_wildcard", "default_operator", "lenient", "time_zone", *SCORING}
        given = {"query", "fields", "default_field"}
        only({key: value for key, value in table.items() if key not in given}, known, path)
        if str(table.get("time_zone", "UTC")) not in ("UTC", "Z", "+00:00"):
            raise FilterError("KQL130", "`query_string` in a time zone of its own", path)
        both = str(table.get("default_operator", "or")).lower() == "and"
        names = table.get("fields") or [table.get("default_field") or "*"]
        try:
            return lower_lucene(
                parse(text, both=both),
                self._fields.schema,
                text=text,
                names=tuple(text_in(name, path) for name in list_in(names, path)),
            )
        except QueryError as error:
            raise FilterError("KQL131", str(error.diagnostics[0].message), path) from None


_BESIDE = frozenset({"meta", "$state", "state"})
_BOOL = ("filter", "minimum_should_match", "must", "must_not", "should", "boost", "_name")
