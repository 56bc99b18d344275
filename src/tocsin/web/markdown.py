"""Markdown of strangers as HTML that does nothing.

No HTML of its own passes, no address but http(s), no picture; headings go below those of the page.
What must be put in later (values, blocks) is put into the parsed text, so that it is never read as
Markdown. At the end nh3 lets through only what is listed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Protocol
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from tocsin.web.visible import shortened, visible

LONGEST = 32_000
"""Characters of Markdown that are read; longer texts are shown as they stand."""

_SHOWN_PLAIN = 200_000
_TOP = 3
"""The level of the first heading of a text: `h1` and `h2` are the page's."""

_TAGS = {
    *("h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "br"),
    *("em", "strong", "s", "a", "table", "thead", "tbody", "tr", "th", "td"),
    *("div", "span", "details", "summary", "mark"),
}
_CLASSES = {
    "a": {"button"},
    "div": {"block", "scroll"},
    "span": {"value", "blank", "soft"},
    "pre": {"folded"},
}


class Filler(Protocol):
    """What is put into parsed Markdown, where it can do no harm."""

    def tokens(self, text: str) -> Iterable[Token]:
        """What stands for a run of text; tokens of type ``html_block`` end a paragraph."""
        ...

    def text(self, text: str) -> str:
        """What stands for a text where only text can stand: in code."""
        ...

    def address(self, text: str) -> str:
        """What stands for a link's address."""
        ...


class _Nothing:
    """Leaves all as it is."""

    def tokens(self, text: str) -> Iterable[Token]:
        return (text_token(text),)

    def text(self, text: str) -> str:
        return text

    def address(self, text: str) -> str:
        return text


def markdown(text: str) -> Markup:
    """The text as HTML; characters that cannot be seen are made visible."""
    return filled(visible(text), _Nothing())


def filled(source: str, filler: Filler) -> Markup:
    """Markdown as HTML with something put in; ``source`` went through `visible` already."""
    if len(source) > LONGEST:
        plain = shortened(source, _SHOWN_PLAIN)
        return Markup('<pre class="folded">{}</pre>').format(filler.text(plain))
    reader = _reader()
    tokens = reader.parse(source)
    _lower_headings(tokens)
    ready = list(_without_empty(list(_changed(tokens, filler))))
    written = reader.renderer.render(ready, reader.options, {})
    # nh3 gives back only what is listed above
    return Markup(_cleaned(written))  # noqa: S704


def html_block(content: Markup) -> Token:
    """A token that stands for finished HTML, on lines of its own."""
    return Token("html_block", "", 0, content=content)


def html_inline(content: Markup) -> Token:
    """A token that stands for finished HTML within a line."""
    return Token("html_inline", "", 0, content=content)


def text_token(content: str) -> Token:
    """A token that stands for text."""
    return Token("text", "", 0, content=content)


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(
        ["table", "strikethrough"]
    )


def _cleaned(written: str) -> str:
    return nh3.clean(
        written,
        tags=_TAGS,
        clean_content_tags={"script", "style"},
        attributes={"a": {"href"}, "ol": {"start"}},
        allowed_classes=_CLASSES,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def _lower_headings(tokens: Sequence[Token]) -> None:
    """Let the text's highest heading be that of a part of the page."""
    found = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    if not found:
        return
    highest = min(int(token.tag[1:]) for token in found)
    for token in found:
        token.tag = f"h{min(6, int(token.tag[1:]) - highest + _TOP)}"


def _changed(tokens: Sequence[Token], filler: Filler) -> Iterator[Token]:
    """The tokens with values and blocks put in."""
    for number, token in enumerate(tokens):
        if token.type in {"fence", "code_block"}:
            token.content = filler.text(token.content)
            token.info = ""
            yield token
        elif token.type == "inline" and token.children:
            within = tokens[number - 1]
            yield from _line(token, within, filler)
        else:
            yield token


def _line(line: Token, within: Token, filler: Filler) -> Iterator[Token]:
    """A line of text; a block within a paragraph ends it, and another begins behind the block."""
    apart = within.type == "paragraph_open"
    part: list[Token] = []
    depth = 0
    for child in _children(line.children or [], filler):
        depth += child.nesting
        if child.type != "html_block":
            part.append(child)
        elif apart and depth == 0:
            yield _inline(part)
            yield Token("paragraph_close", "p", -1, block=True, hidden=within.hidden)
            yield child
            yield Token("paragraph_open", "p", 1, block=True, hidden=within.hidden)
            part = []
        else:  # in a heading, a table's cell or emphasis only text can stand
            part.append(text_token(child.meta.get("label", "")))
    yield _inline(part)


def _inline(children: list[Token]) -> Token:
    return Token("inline", "", 0, children=children)


def _children(children: Sequence[Token], filler: Filler) -> Iterator[Token]:
    spans = 0
    for child in children:
        if child.type == "text":
            yield from filler.tokens(child.content)
        elif child.type == "code_inline":
            child.content = filler.text(child.content)
            yield child
        elif child.type == "image":
            yield from _picture(child, filler)
        elif child.type == "link_open":
            address = _address(str(child.attrs.get("href", "")), filler)
            spans = spans if address else spans + 1
            child.attrs = {"href": address} if address else {}
            child.tag = "a" if address else "span"
            yield child
        elif child.type == "link_close":
            child.tag = "span" if spans else "a"
            spans = 0
            yield child
        else:
            yield child


def _picture(child: Token, filler: Filler) -> Iterator[Token]:
    """A picture is a link to it: a page loads nothing from elsewhere."""
    address = _address(str(child.attrs.get("src", "")), filler)
    told = filler.text(child.content) or "picture"
    if address:
        yield html_inline(Markup('<a href="{}">{}</a>').format(address, told))
    else:
        yield html_inline(escape(told))


def _address(address: str, filler: Filler) -> str:
    """An address with its values put in, empty if it is none of the web's."""
    address = filler.address(address)
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme.lower() in {"http", "https"} and parts.netloc else ""


def _without_empty(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens without paragraphs in which nothing stands."""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "paragraph_open" and not any(map(_says, tokens[at + 1].children or [])):
            at += 3
            continue
        yield token
        at += 1


def _says(child: Token) -> bool:
    return child.type not in {"text", "softbreak"} or bool(child.content.strip())
