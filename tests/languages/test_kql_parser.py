"""KQL text to tree: what each form means, and what is said of mistakes."""

import pytest

from tocsin.languages import QuerySyntaxError
from tocsin.languages.kql.nodes import (
    AllOf,
    And,
    AnyOf,
    Everything,
    Field,
    FieldPattern,
    Is,
    Literal,
    Nested,
    NoneOf,
    Not,
    Or,
    Range,
    Wildcard,
)
from tocsin.languages.kql.parser import MAX_DEPTH, MAX_NESTING, parse
from tocsin.languages.kql.show import show

A, B, C = (Is(Field(name), Literal("1")) for name in "abc")


def word(text):
    return Literal(text)


def quoted(text):
    return Literal(text, quoted=True)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        ("  \n", Everything()),
        ("a:1", A),
        ("a : 1", A),
        (" (a:1) ", A),
        ("a:1 and b:1", And((A, B))),
        ("a:1 AND b:1", And((A, B))),
        ("a:1 and b:1 and c:1", And((A, B, C))),
        ("a:1 or b:1 and c:1", Or((A, And((B, C))))),
        ("(a:1 or b:1) and c:1", And((Or((A, B)), C))),
        ("not a:1 and b:1", And((Not(A), B))),
        ("not (a:1 and b:1)", Not(And((A, B)))),
        ("not not a:1", Not(Not(A))),
        ("Not a:1 oR nOt b:1", Or((Not(A), Not(B)))),
        ("a:1 and(b:1)", And((A, B))),
        ("a:b c", Is(Field("a"), word("b c"))),
        ("a: b  c  and b:1", And((Is(Field("a"), word("b  c")), B))),
        ('a:"b and c"', Is(Field("a"), quoted("b and c"))),
        ('"a b":c', Is(Field("a b"), word("c"))),
        ('"a*":c', Is(Field("a*"), word("c"))),
        (r"a\*:c", Is(Field("a*"), word("c"))),
        ("a.*.b:c", Is(FieldPattern(("a.", ".b")), word("c"))),
        ("*:c", Is(FieldPattern(("", "")), word("c"))),
        ("a:*", Is(Field("a"), Wildcard(("", "")))),
        ("a:b*c*", Is(Field("a"), Wildcard(("b", "c", "")))),
        (r"a:b\*c*", Is(Field("a"), Wildcard(("b*c", "")))),
        ('a:"b*"', Is(Field("a"), quoted("b*"))),
        ("a:b?", Is(Field("a"), word("b?"))),
        ("a:/x-y_z@1.2/", Is(Field("a"), word("/x-y_z@1.2/"))),
        ("kubernetes.audit.annotations.authorization_k8s_io/decision:allow",
         Is(Field("kubernetes.audit.annotations.authorization_k8s_io/decision"), word("allow"))),
        ("a > 5", Range(Field("a"), ">", word("5"))),
        ("a>=5", Range(Field("a"), ">=", word("5"))),
        ('a <= "now-1d"', Range(Field("a"), "<=", quoted("now-1d"))),
        ("a < now-1d/d and b:1", And((Range(Field("a"), "<", word("now-1d/d")), B))),
        ("a:(1 or 2)", Is(Field("a"), AnyOf((word("1"), word("2"))))),
        ("a:(1 and 2 or not 3)",
         Is(Field("a"), AnyOf((AllOf((word("1"), word("2"))), NoneOf(word("3")))))),
        ("a:(not (1 or x*))", Is(Field("a"), NoneOf(AnyOf((word("1"), Wildcard(("x", ""))))))),
        ("a:((1))", A),
        ("a:(b c)", Is(Field("a"), word("b c"))),
        ("a:{b:1 and c:1}", Nested(Field("a"), And((B, C)))),
        ("a:{ b:{ c:1 } } or b:1", Or((Nested(Field("a"), Nested(Field("b"), C)), B))),
        ("lone words", Is(None, word("lone words"))),
        ('"a phrase" or x*', Or((Is(None, quoted("a phrase")), Is(None, Wildcard(("x", "")))))),
        ("a:or", Is(Field("a"), word("or"))),
        ("a:not", Is(Field("a"), word("not"))),
        ("a:android or a:nothing", Or((Is(Field("a"), word("android")),
                                       Is(Field("a"), word("nothing"))))),
        (r"a:b\:c\(\)\<\>\"\{\}\\", Is(Field("a"), word('b:c()<>"{}\\'))),
        (r"a:x \and y \OR \not", Is(Field("a"), word("x and y OR not"))),
        (r"a:\t\r\n", Is(Field("a"), word("\t\r\n"))),
        (r"a:\u0041\u00e9", Is(Field("a"), word("Aé"))),
        (r'a:"\u0041\ud83d\ude00"', Is(Field("a"), quoted("A😀"))),
        (r'a:"C:\Windows\\x \"y\""', Is(Field("a"), quoted('C:\\Windows\\x "y"'))),
        (r'a:"C:\temp"', Is(Field("a"), quoted("C:\temp"))),
        ('a:""', Is(Field("a"), quoted(""))),
        ("a: é😀", Is(Field("a"), word("é😀"))),
    ],
)  # fmt: skip
def test_a_query_has_its_tree(text, tree):
    assert parse(text) == tree
    assert parse(show(tree)) == tree


def test_places_are_those_of_the_text():
    text = 'a:1 and not b : ("x" or y z)'
    tree = parse(text)
    spans = [tree, *tree.terms, tree.terms[1].term, *tree.terms[1].term.values.values]
    assert [text[node.span.start : node.span.end] for node in spans] == [
        text, "a:1", 'not b : ("x" or y z)', 'b : ("x" or y z)', '"x"', "y z",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "at", "word_of_hint"),
    [
        ("a:", "KQL001", "", ""),
        ("a: and b:1", "KQL001", "and", '"and"'),
        ("a:1 and", "KQL001", "", ""),
        ("a:1 or or b:1", "KQL001", "or", ""),
        ("(a:1", "KQL001", "", ""),
        ("a:1)", "KQL001", ")", ""),
        ("a:1 {", "KQL001", "{", ""),
        ("()", "KQL001", ")", ""),
        ("a:(1 or b:2)", "KQL006", ":", ""),
        (":1", "KQL001", ":", ""),
        ("a > ", "KQL001", "", ""),
        ("a:1 not b:1", "KQL001", "not", ""),
        ('a:x "y"', "KQL001", '"y"', ""),
        ('"x" "y"', "KQL001", '"y"', ""),
        (r"a:\x", "KQL002", r"\x", r"\\"),
        (r"a:\u12", "KQL002", r"\u12", ""),
        ("a:b\\", "KQL002", "\\", ""),
        ('a:"b', "KQL003", '"', ""),
        ('a:"b\\"', "KQL003", '"', "\\"),
        ("a:not b", "KQL005", "not", "`not a: …`"),
        ("a:http://b", "KQL006", ":", "quotes"),
        ("a:b c:d", "KQL006", ":", "`and` or `or` before `c`"),
        ("a.*:{b:1}", "KQL006", "a.*", ""),
        ("a > 1*", "KQL007", "1*", ""),
    ],
)
def test_a_mistake_has_its_code_and_place(text, code, at, word_of_hint):
    with pytest.raises(QuerySyntaxError) as refused:
        parse(text)
    [found] = refused.value.diagnostics
    assert found.code == code
    assert text[found.span.start : found.span.end] == at
    assert word_of_hint in found.hint
    assert found.text == text


def test_length_and_depth_have_bounds_and_no_others():
    many = parse(" or ".join(f"a:{number}" for number in range(20_000)))
    assert len(many.terms) == 20_000
    assert parse("(" * MAX_NESTING + "a:1" + ")" * MAX_NESTING) == A
    deep = "a:1"
    for level in range(MAX_DEPTH - 1):
        deep = f"({deep}) {'or' if level % 2 else 'and'} b:1"
    assert parse(show(parse(deep))) == parse(deep)
    for text in (f"({deep}) and b:1 or c:1", "(" * 5000 + "a:1", "not " * 5000 + "a:1",
                 "a:{" * 5000 + "a:1"):  # fmt: skip
        with pytest.raises(QuerySyntaxError) as refused:
            parse(text)
        assert [found.code for found in refused.value.diagnostics] == ["KQL004"]
