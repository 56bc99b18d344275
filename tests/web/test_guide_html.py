"""Guides: what their authors and attackers write is shown, and does nothing."""

from __future__ import annotations

from functools import partial

import pytest
from balance import harmless
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import needs_shared
from tocsin.alerts.paths import Fields
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet
from tocsin.web.guide import guide_html, setup_html
from tocsin.web.markdown import LONGEST

_rule = partial(Rule, "id", "A rule", "eql")


def _guide(note: str, event: dict[str, object] | None = None, **given: object) -> str:
    values = None if event is None else Fields(event)
    return str(guide_html(_rule(note=note, **given), values))


def test_markdown_becomes_html_below_the_headings_of_the_page() -> None:
    html = _guide("## Triage\n\nLook at *all* of it.\n\n### Steps\n\n- one\n- two `cmd`\n")
    assert "<h3>Triage</h3>" in html
    assert "<h4>Steps</h4>" in html
    assert "<li>two <code>cmd</code></li>" in html
    assert "<em>all</em>" in html


def test_a_table_is_one() -> None:
    assert "<td>2</td>" in _guide("| a | b |\n|---|---|\n| 1 | 2 |\n")


def test_no_guide_no_html() -> None:
    assert not _guide("  \n")
    assert not setup_html(_rule())


def test_the_setup_does_not_say_twice_that_it_is_one() -> None:
    assert str(setup_html(_rule(setup="## Setup\n\nInstall it."))) == "<p>Install it.</p>\n"


@pytest.mark.parametrize(
    "note",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](java\tscript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](vbscript:x)",
        "![a](http://elsewhere.example/x.png)",
        "![a](javascript:alert(1))",
        "<javascript:alert(1)>",
        '[a](http://x.example "title\\" onmouseover=alert(1)")',
        "[a][b]\n\n[b]: javascript:alert(1)\n",
        "[a](//elsewhere.example)",
        "[a](/local)",
        "[a](http:)",
        "```html onload=x\n</code></pre><script>x</script>\n```",
        "<style>*{}</style><!-- x --><iframe src=x></iframe>",
        "<a href='x' style='a:b' onclick='x'>y</a>",
        "# <svg/onload=alert(1)>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "{% for x in y %}{{ 7*7 }}{{ ''.__class__ }}",
        "\x1b]0;t\x07 \u202egpj.exe \ud800",
        (
            '!{investigate{"label": "<script>x</script>", "description": "[a](javascript:x)", '
            '"providers": [[{"field": "<b>", "value": "<i>"}]]}}'
        ),
        '!{osquery{"label": "</p><script>", "query": "</code></pre><script>x</script>"}}',
    ],
)
def test_a_hostile_guide_does_nothing(note: str) -> None:
    html = _guide(note, {"a": "b"})
    page = harmless(html)
    assert "\x1b" not in html
    assert "\u202e" not in html
    html.encode()
    assert all(link.startswith(("http://", "https://")) for link in page.links)
    assert "49" not in page.text


def test_links_lead_out_without_telling_where_from() -> None:
    html = _guide("[a](https://a.example/b?c=d&e)")
    assert 'rel="noopener noreferrer"' in html
    assert 'href="https://a.example/b?c=d&amp;e"' in html


def test_a_picture_is_a_link_to_it() -> None:
    html = _guide("![how it looks](https://a.example/b.png)")
    assert 'href="https://a.example/b.png"' in html
    assert "how it looks" in html


_HOSTILE = {
    "process": {"name": "**x** [a](javascript:b) <script>alert(1)</script> `c`\n\n# d"},
    "user": {"name": "a&b=c/../d?#'\""},
    "file": {"path": "C:\\evil\u202egpj.exe"},
}


def test_a_value_is_text_whatever_it_holds() -> None:
    html = _guide("Look at {{process.name}}, {{ file.path }}.", _HOSTILE)
    page = harmless(html)
    assert set(page.tags) == {"p", "span"}
    assert "**x** [a](javascript:b) <script>alert(1)</script>" in page.text
    assert "evil\\u202egpj.exe" in page.text


def test_a_field_may_have_a_slash_in_its_name() -> None:
    html = _guide(
        "It was {{a.io/decision}}: [b](https://a.example/{{a.io/decision}})",
        {"a.io/decision": "denied"},
    )
    page = harmless(html)
    assert page.text.strip() == "It was denied: b"
    assert page.links == ["https://a.example/denied"]


def test_a_value_in_an_address_is_quoted() -> None:
    html = _guide("[look](https://a.example/?q={{user.name}})", _HOSTILE)
    page = harmless(html)
    assert page.links == ["https://a.example/?q=a%26b%3Dc%2F..%2Fd%3F%23%27%22"]


def test_a_value_is_never_the_address() -> None:
    page = harmless(_guide("[look]({{link}})", {"link": "javascript:alert(1)"}))
    assert page.links == []


def test_a_value_in_code_is_text() -> None:
    page = harmless(_guide("`{{process.name}}`\n\n    {{process.name}}\n", _HOSTILE))
    assert page.text.count("<script>") == 2


def test_a_value_in_a_host_query_does_not_end_its_text() -> None:
    block = {"label": "l", "query": "SELECT * FROM x WHERE a = '{{v}}'"}
    html = _guide("$osquery_0", {"v": "'; DROP --"}, transform={"osquery": [block]})
    assert "a = '''; DROP --'" in harmless(html).text


def test_a_value_that_looks_like_a_placeholder_or_a_block_is_none() -> None:
    event = {"a": "{{b}} $osquery_0 \ue0000\ue001", "b": "secret"}
    html = _guide(
        "{{a}} $osquery_0", event, transform={"osquery": [{"label": "the-label", "query": "q"}]}
    )
    assert "secret" not in html
    assert html.count("the-label") == 1


def test_a_guide_cannot_hold_the_marks_of_blocks() -> None:
    html = _guide("x \ue0000\ue001 \ue0007\ue001 y")
    assert "\\ue0000" in html


def test_long_and_many_values_are_cut_and_say_so() -> None:
    event = {"a": "x" * 1_000_000, "b": [str(number) for number in range(1000)]}
    html = _guide("{{a}} {{b}}", event)
    assert len(html) < 2000
    assert "999,700 more characters" in html
    assert "and 995 more" in html


def test_a_missing_value_is_told() -> None:
    assert "the alert has no user.id" in _guide("{{user.id}}", {"a": 1})


def test_without_an_alert_placeholders_stay() -> None:
    assert "{{user.id}}" in _guide("{{user.id}}")


def test_investigate_blocks_are_lists_of_alternatives() -> None:
    block = {
        "label": "Alerts of the host",
        "description": "In two days.",
        "providers": [
            [
                {"field": "host.id", "value": "{{host.id}}", "queryType": "phrase"},
                {"field": "user.id", "value": "", "queryType": "exists", "excluded": True},
            ],
            [{"field": "event.kind", "value": "signal", "excluded": True}],
        ],
        "relativeFrom": "now-48h/h",
        "relativeTo": "now",
    }
    html = _guide(
        "- first\n- $investigate_0\n", {"host": {"id": "h1"}}, transform={"investigate": [block]}
    )
    page = harmless(html)
    words = " ".join(page.text.split())
    assert "Look for: Alerts of the host In two days." in words
    assert "host.id is h1 user.id does not exist or event.kind is not signal" in words
    assert "From now-48h/h to now" in words


def test_a_block_in_the_middle_of_a_line_takes_it_apart() -> None:
    html = _guide("before $osquery_0 after", transform={"osquery": [{"label": "l", "query": "q"}]})
    page = harmless(html)
    assert page.tags[0] == "p"
    assert " ".join(page.text.split()) == "before osquery: l q after"


@pytest.mark.parametrize("frame", ["# {}", "**{}**", "[{}](https://a.example)", "|{}|\n|---|\n"])
def test_a_block_where_only_text_can_stand_is_its_label(frame: str) -> None:
    html = _guide(frame.format("$osquery_0"), transform={"osquery": [{"label": "name it"}]})
    page = harmless(html)
    assert "name it" in page.text
    assert "div" not in page.tags


@pytest.mark.parametrize(
    "transform",
    [
        {},
        {"osquery": 3},
        {"osquery": [3]},
        {"investigate": [{"providers": [3, [3, {"field": 1}]]}]},
    ],
)
def test_a_block_that_is_none_stays_text(transform: dict[str, object]) -> None:
    harmless(_guide("$osquery_0 $osquery_9999 $investigate_0", transform=transform))


def test_a_very_long_guide_is_shown_as_it_stands() -> None:
    html = _guide("# a\n" + "[" * LONGEST)
    assert html.startswith('<pre class="folded"># a')
    harmless(html)


@given(st.text(max_size=300), st.text(max_size=60))
@settings(max_examples=50, deadline=None)
def test_nothing_that_can_be_written_runs(note: str, value: str) -> None:
    event = {"a": value}
    for frame in (note + "{{a}}", f"[x](http://y/{{{{a}}}}) {note}", f"<{note}>{{{{a}}}}"):
        html = _guide(frame, event)
        harmless(html)
        html.encode()


@needs_shared
def test_guides_of_elastics_rules_render(elastic: RuleSet) -> None:
    guides = [rule for rule in elastic if rule.note.strip()][::16]
    assert len(guides) > 80
    for rule in guides:
        harmless(str(guide_html(rule)))
        harmless(str(setup_html(rule)))
