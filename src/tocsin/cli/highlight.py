"""Colours for the words of a query, whatever its language."""

from __future__ import annotations

from rich.text import Text

from tocsin.web.query_pieces import TOKEN

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
    for found in TOKEN.finditer(query):
        colour = _COLOURS.get(found.lastgroup or "")
        if colour is not None:
            text.stylize(colour, found.start(), found.end())
    return text
