"""The one predicate tree that all query languages are lowered to.

A leaf is yes or no on an event: yes if some choice of one value for each field it mentions makes it
true (a missing field: no), and ``Not`` is plain negation above it. See Elasticsearch's behaviour in
``docs/semantics.md``. Nodes are equal by content, so equal leaves of all rules are asked once; the
clause they were written as (``clause``) does not count.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TypeAlias

from tocsin.languages.eql import nodes as eql
from tocsin.rules.value_table import ValueTable
from tocsin.schema.kinds import Kind


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field as a leaf reads it: the path that events carry, and what its values are.

    ``name`` is the path in the event: ``process.name`` for a rule's ``process.name.caseless``.
    """

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Leaf:
    clause: str = dataclasses.field(default="", compare=False, repr=False, kw_only=True)
    """The clause of the rule as its author wrote it."""


@dataclass(frozen=True, slots=True)
class Exists(_Leaf):
    """The field has a value."""

    field: FieldRef


@dataclass(frozen=True, slots=True)
class Text(_Leaf):
    r"""Some value of the field matches some pattern as a whole.

    In a pattern ``*`` stands for any run of characters, ``?`` for one character, and ``\`` makes
    the next character plain: every language's own text is escaped into this one form when lowered.
    With ``fold`` ASCII letters match both cases.
    """

    field: FieldRef
    patterns: tuple[str, ...]
    fold: bool = False


@dataclass(frozen=True, slots=True)
class Regex(_Leaf):
    """Some value of the field matches one of Lucene's regular expressions as a whole."""

    field: FieldRef
    patterns: tuple[str, ...]
    fold: bool = False


@dataclass(frozen=True, slots=True)
class Compare(_Leaf):
    """``value operator constant`` with ``== < <= > >=`` for some value of the field.

    The constant is an ``int`` or ``float`` for numeric kinds, milliseconds (``date``) or
    nanoseconds (``date_nanos``) since 1970 for times, and text for ``ip``, ``version`` and, except
    with ``==`` (that is ``Text``), keywords, which compare by UTF-8 bytes. With an unknown kind an
    ``int`` or ``float`` means numbers.
    """

    field: FieldRef
    operator: str
    value: str | int | float


@dataclass(frozen=True, slots=True)
class Flag(_Leaf):
    """Some value of the field is this boolean (the texts ``true`` and ``false`` count)."""

    field: FieldRef
    value: bool


@dataclass(frozen=True, slots=True)
class Within(_Leaf):
    """Some value of the field is an address in one of the blocks (CIDR or single address)."""

    field: FieldRef
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed(_Leaf):
    """Some value of the field is in a table of very many values."""

    field: FieldRef
    table: ValueTable


@dataclass(frozen=True, slots=True)
class Length(_Leaf):
    """``length(field) operator count`` in UTF-16 units, with ``== < <= > >=``."""

    field: FieldRef
    operator: str
    count: int


@dataclass(frozen=True, slots=True)
class Test(_Leaf):
    """Any other EQL expression that is one leaf: evaluated value by value, for candidates only."""

    expression: eql.Expression
    fields: tuple[FieldRef, ...]
    """Each field that the expression names, in order of first mention, without doubles."""


EVENT = FieldRef("", Kind.OBJECT)
"""The whole event, as the values of the field with no name give it: its text in JSON."""


THAT = "*"
"""The name of the field that `SomeField` looks at, in its questions."""

EVENT_TIME = (FieldRef("@timestamp", Kind.DATE), FieldRef("event.ingested", Kind.DATE))
"""The fields that give an event's time: the first value that is one."""


@dataclass(frozen=True, slots=True)
class SomeField(_Leaf):
    r"""Some field of the event whose whole name matches the pattern satisfies its kind's question.

    ``questions`` gives for each kind a predicate about a field called `THAT`; there is none for
    kinds of which nothing can hold. ``overrides`` are the kinds that the schema's owner gave.
    ``needles`` are all in the text of an event for which it holds, letter case aside.
    """

    pattern: str
    questions: tuple[tuple[Kind, Predicate], ...]
    overrides: tuple[tuple[str, Kind], ...] = ()
    needles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inside(_Leaf):
    """Some object that stands at ``path`` satisfies the condition all by itself.

    The condition's fields have their whole names, which begin with the path.
    """

    path: str
    condition: Predicate


@dataclass(frozen=True, slots=True)
class Tokens(_Leaf):
    """Some value of the field, cut into words, has words in this order, or a word of this form.

    Words are as `plan.words` cuts them. A phrase is one or more words that follow one another;
    ``patterns`` are those of `Text`, each for one word.
    """

    field: FieldRef
    phrases: tuple[tuple[str, ...], ...]
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Short(_Leaf):
    """The leaf holds for a value of at most ``longest`` UTF-16 units."""

    leaf: Exists | Text | Regex | Compare
    longest: int


@dataclass(frozen=True, slots=True)
class Recent(_Leaf):
    """``value operator time`` for some value of the field, with ``< <= > >=``.

    ``time`` is date math (``now-9m``) whose ``now`` is the event's own time; with ``up`` rounding
    goes to the unit's last millisecond.
    """

    field: FieldRef
    operator: str
    time: str
    up: bool


Special: TypeAlias = SomeField | Inside | Tokens | Short | Recent
"""Leaves that are evaluated event by event, for candidates only."""

Leaf: TypeAlias = Exists | Text | Regex | Compare | Flag | Within | Listed | Length | Test | Special


@dataclass(frozen=True, slots=True)
class Constant:
    """Always, or never."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """The term does not hold. ``clause``: as its author wrote it, such as ``a != b``, if known."""

    term: Predicate
    clause: str = dataclasses.field(default="", compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class And:
    """All terms hold."""

    terms: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some term holds."""

    terms: tuple[Predicate, ...]


Predicate: TypeAlias = Leaf | Constant | Not | And | Or
