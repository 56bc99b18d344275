"""Rules from a few words each."""

import pytest

import tocsin

RULE = """
[metadata]
maturity = "production"
creation_date = "2026/01/01"
updated_date = "2026/01/01"
[rule]
author = ["Us"]
description = "d"
license = "Apache-2.0"
name = "{name}"
rule_id = "00000000-0000-4000-8000-{number:012d}"
risk_score = 47
severity = "medium"
type = "{type}"
language = "{language}"
index = ["{index}"]
query = '''{query}'''
{more}
"""


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """Rules from name, type, query, further keys and, if it is another, the index pattern."""

    def load(*given_rules):
        folder = tmp_path_factory.mktemp("rules")
        for number, (name, type_, query, more, *index) in enumerate(given_rules):
            text = RULE.format(
                name=name,
                number=number,
                type=type_,
                language=type_ if type_ in ("eql", "esql") else "kuery",
                index=index[0] if index else "logs-*",
                query=query,
                more=more,
            )
            (folder / f"{number}.toml").write_text(text)
        found = tocsin.load_rules(folder)
        assert not [d for d in found.diagnostics if d.severity == "error"]
        return found

    return load
