"""Colours for the words of a query, whatever its language."""

from __future__ import annotations

import re

from rich.text import Text

_WORDS = (
    "and or not in like regex where sequence sample by with maxspan until runs any true false null "
    "from stats eval keep limit sort metadata enrich drop rename dissect grok mv_expand as"
)
# Every alternative is possessive: a query of a stranger cannot make the search go back and forth.
_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*+|/\*(?:[^*]++|\*(?!/))*(?:\*/)?)"
    r'|(?P<string>"""(?:[^"]++|"(?!""))*(?:""")?|"(?:[^"\\\n]++|\\.)*"?)'
    rf"|(?P<keyword>\b(?:{'|'.join(_WORDS.split())})\b~?)(?!\.)"
    r"|(?P<number>\b\d++(?:ms|[smhdn])?\b)"
    r"|(?P<function>\b[A-Za-z_]++~?(?=\())"
    r"|[\w.@-]++",
    re.DOTALL | re.IGNORECASE,
)
_COLOURS = {
    "comment": "dim",
    "string": "green",
    "keyword": "bold blue",
    "number": "cyan",
    "function": "magenta",
}


def highlighted(query: str) -> Text:
    """The query with its words coloured; its text must be fit for a terminal already."""
    text = Text(query)
    for found in _TOKEN.finditer(query):
        if found.lastgroup is not None:
            text.stylize(_COLOURS[found.lastgroup], found.start(), found.end())
    return text
