"""Prose and queries of strangers on a page."""

import pytest

from tocsin.cli.guide import guide, paragraphs, setup
from tocsin.cli.highlight import highlighted
from tocsin.rules.rule import Rule


def rule(note="", **keys):
    return Rule("id", "name", "eql", note=note, **keys)


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("see $investigate_0.", "see **Label**: what."),
        ("$osquery_0", "**osquery: Users**\n\n```\nSELECT 1\n```\n"),
        ('!{investigate{"label":"L","providers":[[]]}} end', "**L** end"),
        (
            '!{osquery{"label":"L","query":"SELECT {2}"}}',
            "**osquery: L**\n\n```\nSELECT {2}\n```\n",
        ),
        ("$investigate_7 $osquery_1", "$investigate_7 $osquery_1"),
        ("!{investigate{not json}}", "!{investigate{not json}}"),
        ('!{investigate{"label":"open', '!{investigate{"label":"open'),
        ("!{investigate" + "{" * 5000, "!{investigate" + "{" * 5000),
        ('!{investigate{"a":' + "[" * 5000, '!{investigate{"a":' + "[" * 5000),
    ],
)
def test_blocks_of_a_guide_are_told_in_words(note, told):
    transform = {
        "investigate": [{"label": "Label", "description": "what"}],
        "osquery": [{"label": "Users", "query": "SELECT 1"}, "no block"],
    }
    assert guide(rule(note, transform=transform)) == told


def test_a_guide_without_blocks_is_itself():
    assert (
        guide(rule("## a\n$investigate_0", transform={"investigate": "text"}))
        == "## a\n$investigate_0"
    )


def test_lines_that_an_editor_broke_are_joined():
    assert paragraphs(" one\ntwo\n\n\nthree ") == "one two\n\nthree"


def test_the_set_up_needs_no_heading_of_its_own():
    assert setup(rule(setup="## Setup\n\ndo it")) == "do it"
    assert setup(rule(setup="Setup is\ndone")) == "Setup is\ndone"


def styles(query):
    text = highlighted(query)
    assert text.plain == query
    return {query[span.start : span.end]: span.style for span in text.spans}


def test_the_words_of_a_query_are_coloured():
    query = (
        'sequence by host.id with maxspan=5s [any where length(a.by) > 3 and b : "x and y"] // and'
    )
    assert styles(query) == {
        "sequence": "bold blue",
        "by": "bold blue",
        "with": "bold blue",
        "maxspan": "bold blue",
        "5s": "cyan",
        "where": "bold blue",
        "any": "bold blue",
        "length": "magenta",
        "3": "cyan",
        "and": "bold blue",
        '"x and y"': "green",
        "// and": "dim",
    }


@pytest.mark.parametrize(
    "query", ["/*" * 50_000, '"' * 99_999, '"\\' * 50_000, "a." * 50_000, '"""' + '""x' * 50_000]
)
def test_a_hostile_query_takes_no_longer_than_it_is_long(query):
    assert highlighted(query).plain == query
