"""Comments that keep warnings quiet: where they hold, and when they are of no use."""

from linted import HEAD, codes, linted, rule_text

STAR = 'process where process.args == "/text:*"'


def allowed(folder, text):
    judged = linted(folder, text)
    return [(found.code, why) for found, why in judged.allowed], [
        found.code for found in judged.diagnostics
    ]


def with_star(folder, text):
    """As `allowed`, of a rule whose query warns of a star."""
    from tocsin.engine.compiled import compile_rules
    from tocsin.lint import judge
    from tocsin.rules.load import load

    (folder / "rule_1.toml").write_text(text, encoding="utf-8")
    rules = load([folder])
    judged = judge([*rules.diagnostics, *compile_rules(rules).diagnostics], rules)
    return [(found.code, why) for found, why in judged.allowed], [
        found.code for found in judged.diagnostics
    ]


def test_at_the_end_of_the_line(tmp_path):
    text = rule_text(risk_score="99 # tocsin: allow LINT140 set by the vendor")
    assert allowed(tmp_path, text) == ([("LINT140", "set by the vendor")], [])


def test_above_a_statement_over_its_whole_length(tmp_path):
    text = rule_text(f"# tocsin: allow EQL150: it is so\nquery = '''\n\n{STAR}\n'''", query=None)
    assert with_star(tmp_path, text) == ([("EQL150", "it is so")], [])
    assert with_star(tmp_path, rule_text(f"query = '''{STAR}'''")) == ([], ["EQL150"])


def test_in_a_query(tmp_path):
    inside = f"query = '''\n// tocsin: allow EQL150 a star\n{STAR}\n'''"
    assert with_star(tmp_path, rule_text(inside)) == ([("EQL150", "a star")], [])
    behind = f"query = '''\n{STAR} // tocsin: allow EQL150\n'''"
    assert with_star(tmp_path, rule_text(behind)) == ([("EQL150", "")], [])


def test_in_a_query_it_holds_for_one_line(tmp_path):
    two = f"query = '''\n// tocsin: allow EQL150\n{STAR}\nor process.name == \"a*\"\n'''"
    assert with_star(tmp_path, rule_text(two)) == ([("EQL150", "")], ["EQL150"])


def test_before_the_first_table_it_holds_for_the_file(tmp_path):
    head = "# tocsin: allow LINT140, LINT101 an old rule\n" + HEAD
    text = rule_text('risk_score = 99\ntimestamp_override = "event.ingestd"', head=head)
    assert allowed(tmp_path, text) == (
        [("LINT101", "an old rule"), ("LINT140", "an old rule")],
        [],
    )


def test_elsewhere_it_does_not_hold(tmp_path):
    text = rule_text("# tocsin: allow LINT140\nmax_signals = 10", risk_score="99")
    assert sorted(codes(tmp_path, text)) == ["LINT001", "LINT140"]


def test_an_unknown_code_is_told_of(tmp_path):
    text = rule_text(risk_score="99 # tocsin: allow LINT141, LINT145")
    found = linted(tmp_path, text).diagnostics
    assert sorted(one.code for one in found) == ["LINT001", "LINT001", "LINT140"]
    assert any("there is no code `LINT145`" in one.message for one in found)


def test_errors_are_never_allowed(tmp_path):
    text = rule_text(
        "type = 'threshold'\nlanguage = 'kuery'\nquery = 'a:*'",
        "# tocsin: allow LINT131\n[rule.threshold]\nvalue = 0",
    )
    assert sorted(codes(tmp_path, text)) == ["LINT001", "LINT131"]


def test_the_last_line_may_be_a_comment(tmp_path):
    assert codes(tmp_path, rule_text("# tocsin: allow LINT140")) == ["LINT001"]
