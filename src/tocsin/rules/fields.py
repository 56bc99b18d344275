"""The fields that a query names, read from its text alone, whatever its language.

An estimate for pages and statuses: dotted names outside strings and comments. What a query means is
the business of `tocsin.languages`.
"""

from __future__ import annotations

import re

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
    found = set()
    for token in _TOKEN.finditer(rule.query):
        name = token.group("field")
        if name is None or token.group("call"):
            continue
        name = name.replace("`", "")
        if "." in name or "_" in name or name == "@timestamp":
            found.add(name)
    return frozenset(found)
