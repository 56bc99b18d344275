"""Random EQL queries, and random events that they are about, over one small vocabulary.

    conditions()          the text of a condition
    queries()             the text of an event query
    strict_conditions()   conditions that name unmapped optional fields, for the strict mode
    events()              an event as a mapping: nested or dotted, with arrays, nulls, odd values

Values come from small pools and constants are made from the same pools, so that they often meet.
Kinds are those of `schema()`; a field of the pools that ECS does not know is of unknown kind.
"""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from tocsin.schema.fields import Schema

OVERRIDES = {"custom.version": "version", "custom.nanos": "date_nanos"}

WORDS = [
    "cmd.exe",
    "CMD.EXE",
    "powershell.exe",
    "net",
    "",
    "a*b",
    "what?",
    "C:\\Windows\\x.exe",
    "x\ny",
    "éa",
    "Éa",
    "4624",
    "true",
    "😀 add",
    "/add user",
]
TEXTS = {
    "process.name": WORDS,
    "process.args": [*WORDS, "-S", "-encodedcommand", "\\", "**"],
    "process.command_line": [*WORDS, "cmd.exe /c net user x /add", "net1  localgroup"],
    "user.name": [*WORDS, "cmd"],
}
NUMBERS = {
    "process.pid": [0, 4, 4624, -1, "4624", "4.0", 4.5, "pid", 2**63, True],
    "destination.port": [443, 10250, 102500, "10250"],
}
ADDRESSES = ["10.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fe80::1", "::ffff:10.0.0.1", "host"]
BLOCKS = ["10.0.0.0/8", "10.0.0.1", "192.168.0.0/16", "::/0", "fe80::/10", "0.0.0.0/0"]
TIMES = [
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:00:00.001Z",
    "2024-01-01T02:00:00+02:00",
    1704067200000,
    "1704067200001",
    "2025-06-01",
    "soon",
]
VERSIONS = ["1.0.0-alpha", "1.0.0-beta", "1.0.0", "1.2.0", "1.10.0", "banana"]
"""In their order."""

FLAGS = [True, False, "true", "false", "yes"]
MIXED = ["4624", 4624, 4624.5, "cmd.exe", True, False, "true", "10.0.0.1", 0, "", "0"]

POOLS: dict[str, list[object]] = {
    **TEXTS,
    **NUMBERS,
    "source.ip": ADDRESSES,
    "event.created": TIMES,
    "custom.nanos": TIMES,
    "custom.version": VERSIONS,
    "process.code_signature.trusted": FLAGS,
    "custom.mixed": MIXED,
    "custom.other": MIXED,
    "event.category": ["process", "network", "Process"],
}

REGEXES = {
    # Lucene's pattern: the same for Python, and for Python with single letters folded
    "cmd\\..*": ("cmd\\..*", "[cC][mM][dD]\\..*"),
    "[a-z]+\\.exe": ("[a-z]+\\.exe", "[a-z]+\\.[eE][xX][eE]"),
    ".*(add|user).*": (".*(add|user).*", ".*([aA][dD][dD]|[uU][sS\u017f][eE][rR]).*"),
    "@": (".*", ".*"),
    "~(net.*)": ("(?!net).*", "(?![nN][eE][tT]).*"),
    "c[l-n]d.exe": ("c[l-n]d.exe", "[cC][l-n][dD].[eE][xX][eE]"),
    "<1-9999>": ("0*[1-9][0-9]{0,3}", "0*[1-9][0-9]{0,3}"),
    '"a*b"': ("a\\*b", "[aA]\\*[bB]"),
    "\\d+": ("[0-9]+", "[0-9]+"),
    "": ("", ""),
}

UNMAPPED = ["gone.field", "gone.other"]


def schema(known: frozenset[str] | None = None) -> Schema:
    """The schema that the queries are about."""
    return Schema(OVERRIDES, known)


def quoted(text: str) -> str:
    """A text as an EQL string."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(escapes.get(char, char) for char in text) + '"'


def _name(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from([name, name, name, "?" + name])


_texts = st.sampled_from(sorted(TEXTS)).flatmap(_name)
_mixed = st.sampled_from(["custom.mixed", "?custom.other"])
_numbers = st.sampled_from(sorted(NUMBERS)).flatmap(_name)
_words = st.sampled_from(sorted(set(TEXTS["process.args"] + TEXTS["process.command_line"])))
_counts = st.sampled_from(["0", "1", "4", "4624", "-1", "4.5", "10250", "443.0", "7"])
_tests = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
_negations = st.sampled_from(["", "not "])


@st.composite
def _patterns(draw: st.DrawFn) -> str:
    """A wildcard pattern made from a word, as an EQL string."""
    text = draw(_words)
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(text)))
        end = min(len(text), place + draw(st.integers(0, 3)))
        text = text[:place] + draw(st.sampled_from(["*", "?", "**", ""])) + text[end:]
    return quoted(draw(st.sampled_from([text, text.upper(), text.lower(), text.swapcase()])))


def _listed(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(items, min_size=1, max_size=4).map(lambda some: f"({', '.join(some)})")
    return items | several


def _list_of(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(items, min_size=1, max_size=4).map(lambda some: f"({', '.join(some)})")


_constants = _words.map(quoted)
_matches = st.sampled_from([":", "like", "like~"])
_regexes = st.sampled_from([quoted(pattern) for pattern in REGEXES])


def _joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    made = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*made).map("".join)


def _text_results() -> st.SearchStrategy[str]:
    """Expressions that give text and are not a bare field."""
    place = st.integers(-5, 8).map(str)
    source = _texts | _numbers | _mixed
    return st.one_of(
        _joined("substring(", _texts, ", ", place, ")"),
        _joined("substring(", _texts, ", ", place, ", ", place, ")"),
        _joined("concat(", _texts, ", ", _constants, ", ", _texts, ")"),
        _joined("concat(", _texts, ", ", _numbers, ")"),
        _joined("string(", _numbers, ")"),
        _joined("string(", _texts, ")"),
        _joined("string(source.ip)"),
        _joined(st.sampled_from(["between", "between~"]), "(", _texts, ', "c", "e")'),
        _joined("concat(", source, ")").filter(lambda text: "custom" not in text),
    )


def _text_leaves() -> st.SearchStrategy[str]:
    names = st.sampled_from(
        ["startsWith", "startsWith~", "endsWith", "endsWith~", "stringContains", "stringContains~"]
    )
    field = _texts | _mixed
    plain = st.one_of(
        _joined(field, " ", _tests, " ", _constants),
        _joined(_constants, " ", _tests, " ", field),
        _joined(field, " ", st.sampled_from(["==", "!="]), " null"),
        _joined(field, " ", _negations, "in ", _list_of(_constants)),
        _joined(field, " in~ ", _list_of(_constants)),
        _joined(field, " ", _matches, " ", _listed(_patterns())),
        _joined(field, st.sampled_from([" regex ", " regex~ "]), _listed(_regexes)),
        _joined(names, "(", _texts, ", ", _constants, ")"),
        _joined("length(", _texts, ") ", _tests, " ", st.integers(-1, 9).map(str)),
    )
    scripted = st.one_of(
        _joined(names, "(", _texts, ", ", _texts, ")"),
        _joined(names, "(", _text_results(), ", ", _constants, ")"),
        _joined(_text_results(), " ", _tests, " ", _constants),
        _joined(_text_results(), " ", _matches, " ", _listed(_patterns())),
        _joined(_text_results(), " in ", _list_of(_constants)),
        _joined(_text_results(), " in~ ", _list_of(_constants)),
        _joined(_text_results(), st.sampled_from([" == null", " != null"])),
        _joined("indexOf(", _texts, ", ", _constants, ") ", _tests, " 0"),
        _joined("indexOf~(", _texts, ", ", _texts, ") == null"),
        _joined("length(", _text_results(), ") ", _tests, " 3"),
    )
    return plain | plain | scripted


def _number_leaves() -> st.SearchStrategy[str]:
    field = _numbers | st.just("custom.mixed")
    sign = st.sampled_from(["+", "-", "*", "/", "%"])
    return st.one_of(
        _joined(field, " ", _tests, " ", _counts),
        _joined(_counts, " ", _tests, " ", field),
        _joined(_numbers, " ", _tests, ' "4624"'),
        _joined(field, " ", _negations, "in ", _list_of(_counts)),
        _joined(field, st.sampled_from([" == null", " != null"])),
        _joined(_numbers, " ", sign, " 2 ", _tests, " ", _counts),
        _joined("-", _numbers, " + 1 ", _tests, " ", _counts),
        _joined("number(process.name) ", _tests, " ", _counts),
    )


def _other_leaves() -> st.SearchStrategy[str]:
    address = st.sampled_from([quoted(each) for each in ADDRESSES[:-1]])
    block = st.sampled_from([quoted(each) for each in BLOCKS])
    time = st.sampled_from(
        [quoted(each) if isinstance(each, str) else str(each) for each in TIMES[:-1]]
    )
    version = st.sampled_from([quoted(each) for each in VERSIONS])
    flag = st.sampled_from(["process.code_signature.trusted", "custom.mixed"])
    same = st.sampled_from([" == ", " != "])
    return st.one_of(
        _joined("source.ip ", _tests, " ", address),
        _joined("source.ip", same, block),
        _joined("source.ip ", _negations, "in ", _list_of(block)),
        _joined("cidrMatch(source.ip, ", block, ", ", block, ")"),
        _joined("cidrMatch(custom.mixed, ", block, ")"),
        _joined(st.sampled_from(["event.created ", "custom.nanos "]), _tests, " ", time),
        _joined(time, " ", _tests, " event.created"),
        _joined("custom.version ", _tests, " ", version),
        _joined("custom.version in ", _list_of(version)),
        flag,
        _joined(flag, same, st.sampled_from(["true", "false"])),
        st.sampled_from(["true", "false", "1 == 1", '"a" : "A"', '"a" == "b"', "2 > 1 + 1"]),
    )


@cache
def _all_leaves() -> st.SearchStrategy[str]:
    leaf = st.one_of(_text_leaves(), _text_leaves(), _number_leaves(), _other_leaves())
    compared = st.sampled_from([" == true", " == false", " != true", " == null", " != null"])
    return st.one_of(leaf, leaf, leaf, leaf, _joined("(", leaf, ")", compared))


@st.composite
def _leaves(draw: st.DrawFn) -> str:
    return draw(_all_leaves())


def _grown(leaves: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        several = st.lists(inner, min_size=2, max_size=4)
        return st.one_of(
            several.map(lambda terms: "(" + " and ".join(terms) + ")"),
            several.map(lambda terms: "(" + " or ".join(terms) + ")"),
            inner.map(lambda term: f"not ({term})"),
        )

    return st.recursive(leaves, grow, max_leaves=8)


def conditions() -> st.SearchStrategy[str]:
    """The text of a condition over mapped fields."""
    return _grown(_leaves())


def strict_conditions() -> st.SearchStrategy[str]:
    """The text of a condition of which some leaves name unmapped optional fields."""
    return _grown(_strict_leaves())


@st.composite
def _strict_leaves(draw: st.DrawFn) -> str:
    return draw(_all_strict_leaves())


@cache
def _all_strict_leaves() -> st.SearchStrategy[str]:
    gone = st.sampled_from(["?" + name for name in UNMAPPED])
    same = st.sampled_from([" == ", " != "])
    unmapped = st.one_of(
        _joined(gone, same, "null"),
        _joined("null", same, gone),
        _joined(gone, same, _constants),
        _joined(_counts, " < ", gone),
        _joined(_texts, same, gone),
        _joined("length(", gone, ")", same, _numbers),
        _joined("length(", gone, ")", same, _counts),
        _joined(_text_results(), same, 'concat("x", ', gone, ")"),
        _joined("length(", gone, ")", same, "length(", gone, ")"),
        _joined(gone, " : ", _patterns()),
        _joined(gone, " ", _negations, "in ", _list_of(_constants)),
        _joined("length(", gone, ") > 0"),
        _joined("concat(", gone, ', "x") == null'),
        _joined("concat(", gone, ", process.name)", same, st.sampled_from(['"x"', "null"])),
        _joined("startsWith(", _texts, ", ", gone, ")"),
        gone,
    )
    constant = st.sampled_from(["true", "false"])
    return st.one_of(unmapped, unmapped, _text_leaves(), constant)


def queries() -> st.SearchStrategy[str]:
    """The text of an event query."""
    category = st.sampled_from(["any", "process", "network", '"Process"'])
    return _joined(category, " where ", conditions())


def _values(pool: list[object]) -> st.SearchStrategy[object]:
    one = st.sampled_from(pool)
    odd = st.sampled_from([None, [], [None], [[]]])
    nested = one.map(lambda value: [[value], None])
    return st.one_of(one, one, st.lists(one, min_size=2, max_size=3), odd, nested)


_FIELDS = st.one_of(
    [st.tuples(st.just(name), _values(pool), st.booleans()) for name, pool in POOLS.items()]
)


@st.composite
def events(draw: st.DrawFn) -> dict[str, object]:
    """An event with a few of the fields."""
    event: dict[str, object] = {}
    for name, value, dotted in draw(st.lists(_FIELDS, max_size=8, unique_by=lambda some: some[0])):
        _place(event, name, value, dotted=dotted)
    return event


def _place(event: dict[str, object], name: str, value: object, *, dotted: bool) -> None:
    first, _, rest = name.partition(".")
    if dotted or not rest:
        event[name] = value
        return
    inner = event.setdefault(first, {})
    assert isinstance(inner, dict)
    _place(inner, rest, value, dotted=False)
