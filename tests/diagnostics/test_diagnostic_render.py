"""A diagnostic as a person and as a program sees it."""

from tocsin.diagnostics import NOWHERE, Diagnostic, Severity, Span
from tocsin.diagnostics.render import as_json, printable, render


def at(text, marked, **more):
    start = text.index(marked)
    return Diagnostic(
        "EQL008",
        "`=` is not a comparison",
        span=Span(start, start + len(marked)),
        text=text,
        **more,
    )


def test_the_line_of_a_query_is_shown_with_the_place_underlined():
    shown = render(at("process where\n  pid = 4", "=", label="here", hint="write `==`"))
    assert shown == (
        "error[EQL008]: `=` is not a comparison\n"
        " --> query:2:7\n"
        "  |\n"
        "2 |   pid = 4\n"
        "  |       ^ here\n"
        "  = hint: write `==`"
    )


def test_a_file_has_its_name_and_wide_line_numbers_their_room():
    text = "\n" * 99 + "query = 'a = 1'\r\nnext"
    shown = render(at(text, "a = 1", file="rules/a.toml", severity=Severity.WARNING))
    assert shown == (
        "warning[EQL008]: `=` is not a comparison\n"
        "   --> rules/a.toml:100:10\n"
        "    |\n"
        "100 | query = 'a = 1'\n"
        "    |          ^^^^^"
    )


def test_without_a_place_the_file_is_named():
    bare = Diagnostic(
        "RULE001", "the file cannot be read", file="a.toml", hint="look at its rights"
    )
    assert render(bare) == (
        "error[RULE001]: the file cannot be read\n --> a.toml\n  = hint: look at its rights"
    )
    assert render(Diagnostic("X001", "m", label="l")) == "error[X001]: m\n  = l"


def test_a_place_that_spans_lines_is_underlined_on_its_first():
    shown = render(at("sequence\n [any where a]\n", "sequence\n [any where a]"))
    assert shown.splitlines()[-2:] == ["1 | sequence", "  | ^^^^^^^^"]


def test_the_end_of_the_text_has_one_caret():
    diagnostic = Diagnostic("EQL001", "expected more", span=Span(3, 3), text="any")
    assert render(diagnostic).splitlines()[-2:] == ["1 | any", "  |    ^"]
    beyond = Diagnostic("EQL001", "expected more", span=Span(90, 95), text="any")
    assert render(beyond).splitlines()[-1] == "  |    ^"


def test_tabs_and_wide_characters_keep_the_underline_in_place():
    shown = render(at('\ta\u4f60 == "x" = 1', "= 1"))
    line, carets = shown.splitlines()[-2:]
    assert line == '1 |     a\u4f60 == "x" = 1'
    assert carets == "  | " + " " * 15 + "^^^"


def test_a_very_long_line_is_cut_around_the_place():
    text = "a or " * 2000 + "b = 1" + " or c" * 2000
    line, carets = render(at(text, "b = 1")).splitlines()[-2:]
    assert len(line) < 200
    assert line[4] == line[-1] == "…"
    assert line[carets.index("^") : carets.rindex("^") + 1] == "b = 1"


def test_control_characters_of_a_rule_do_not_reach_the_terminal():
    text = 'a \x1b[31m= "\u202e\x07"'
    shown = render(at(text, "=", file="evil\x1b]0;x\x07.toml", label="\x9b", hint="\x00\u2028"))
    assert shown.isprintable() or all(line.isprintable() for line in shown.split("\n"))
    assert "\\x1b[31m" in shown
    assert "\\u{202e}" in shown
    assert printable("a\tb\nc\rd\x7f\ud800é") == "a\\tb\\nc\\rd\\x7f\\u{d800}é"


def test_colors_only_when_asked():
    diagnostic = at("a = 1", "=", label="x")
    assert "\x1b" not in render(diagnostic)
    colored = render(diagnostic, color=True)
    assert colored.startswith("\x1b[1;31merror[EQL008]\x1b[0m")
    stripped = colored
    for code in ("\x1b[1;31m", "\x1b[1m", "\x1b[0m"):
        stripped = stripped.replace(code, "")
    assert stripped == render(diagnostic)


def test_json_has_the_agreed_keys():
    diagnostic = at("a\n = 1", "=", hint="h", file="f.toml", rule_id="r")
    assert as_json(diagnostic) == {
        "code": "EQL008",
        "severity": "error",
        "message": "`=` is not a comparison",
        "file": "f.toml",
        "line": 2,
        "column": 2,
        "hint": "h",
        "rule_id": "r",
    }
    assert list(as_json(diagnostic)) == [
        *("code", "severity", "message", "file", "line", "column", "hint", "rule_id")
    ]
    nowhere = as_json(Diagnostic("X001", "m", span=NOWHERE))
    assert (nowhere["line"], nowhere["column"]) == (None, None)
