"""The fields that a query names; those of EQL and ES|QL are read from its text alone.

That is an estimate for pages and statuses: dotted names outside strings and comments. What a query
means is the business of `tocsin.languages`.
"""

from __future__ import annotations

import re

from tocsin.languages import QueryError
from tocsin.languages.kql.names import names_of as kql_names
from tocsin.languages.kql.parser import parse as parse_kql
from tocsin.languages.lucene.names import names_of as lucene_names
from tocsin.languages.lucene.parser import parse as parse_lucene
from tocsin.rules.rule import Rule

_TOKEN = re.compile(
    r'"""(?:[^"]++|"{1,2}(?!"))*"{3,5}'
    r'|"(?:[^"\\\n]++|\\.)*"?'
    r"|//[^\n]*+"
    r"|/\*(?:[^*]++|\*(?!/))*\*/"
    r"|(?P<field>(?:[A-Za-z_@][\w@-]*+|`[^`\n]++`)(?:\.(?:[\w@-]++|`[^`\n]++`))*)(?P<call>~?\()?",
    re.DOTALL,
)


def query_fields(rule: Rule) -> frozenset[str]:
    """The fields that a rule's query names: those of several parts, and one-part names it compares.

    `process.name` and `blocklist_label == 1` are found; words of the language are not.
    """
    try:
        if rule.language == "kuery":
            return frozenset(kql_names(parse_kql(rule.query)))
        if rule.language == "lucene":
            return frozenset(lucene_names(parse_lucene(rule.query).expression))
    except QueryError:
        pass  # an estimate is better than nothing
    found = set()
    for token in _TOKEN.finditer(rule.query):
        name = token.group("field")
        if name is None or token.group("call"):
            continue
        name = name.replace("`", "")
        if "." in name or "_" in name or name == "@timestamp":
            found.add(name)
    return frozenset(found)
