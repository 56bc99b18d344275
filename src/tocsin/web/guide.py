"""A rule's investigation guide and set-up as HTML, filled with an alert's values.

Guides and values are both written by strangers. A value is put into the parsed guide as text: it
is never Markdown, never HTML, and in a link's address it is percent-encoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import quote

from markdown_it.token import Token
from markupsafe import Markup

from tocsin.rules.guide_blocks import PLACEHOLDER, Block, Condition, pieces
from tocsin.rules.rule import Rule
from tocsin.web.environment import environment
from tocsin.web.markdown import filled, html_block, html_inline, markdown, text_token
from tocsin.web.visible import shortened, visible

Values = Callable[[str], Sequence[object]]
"""Gives the values of a field of the alert; none where it has none."""

MOST_VALUES = 5
LONGEST_VALUE = 300
"""Values of a field, and characters of each, that are put into a guide."""

# Code points for private use: the text of the guide cannot hold them, since `visible` escapes them.
_MARK = re.compile("\ue000(\\d+)\ue001")
_QUOTED = re.compile(r"%7B%7B(?:%20)*([A-Za-z_@][\w@./-]{0,200})(?:%20)*%7D%7D", re.IGNORECASE)
_HEADING = re.compile(r"\A\s*#{1,6} *(?:set-?up|setup)\s*\n", re.IGNORECASE)


def guide_html(
    rule: Rule, values: Values | None = None, extra: Callable[[int, Block], Markup] | None = None
) -> Markup:
    """The guide of a rule; empty if it has none.

    Parameters
    ----------
    rule
        Whose ``note`` and ``[transform]`` are shown.
    values
        The alert's fields (``tocsin.alerts.paths.Fields``). Without them the page is about the
        rule alone, and ``{{placeholders}}`` stay as they are.
    extra
        What else to show in a block, given its number in the guide, counted from 0: a button, say,
        or the number of events that it finds.
    """
    blocks: list[Block] = []
    text = ""
    for piece in pieces(rule):
        if isinstance(piece, str):
            text += visible(piece)
        else:
            text += f"\ue000{len(blocks)}\ue001"
            blocks.append(piece)
    if not text.strip():
        return Markup()
    return filled(text, _Filler(values, blocks, extra))


def setup_html(rule: Rule) -> Markup:
    """The set-up of a rule, without the heading that only says so."""
    return markdown(_HEADING.sub("", rule.setup)) if rule.setup.strip() else Markup()


class _Filler:
    """Puts values and blocks into a guide."""

    def __init__(
        self,
        values: Values | None,
        blocks: Sequence[Block],
        extra: Callable[[int, Block], Markup] | None,
    ) -> None:
        self._values = values
        self._blocks = blocks
        self._extra = extra

    def tokens(self, text: str) -> Iterable[Token]:
        at = 0
        for found in _MARK.finditer(text):
            yield from self._words(text[at : found.start()])
            number = int(found[1])
            block = self._blocks[number]
            token = html_block(self._block(number, block))
            token.meta["label"] = block.label
            yield token
            at = found.end()
        yield from self._words(text[at:])

    def text(self, text: str) -> str:
        text = _MARK.sub(lambda found: self._blocks[int(found[1])].label, text)
        return text if self._values is None else PLACEHOLDER.sub(self._in_text, text)

    def address(self, text: str) -> str:
        if self._values is None:
            return text
        return _QUOTED.sub(lambda found: quote(self._joined(found[1]) or found[0], safe=""), text)

    def _words(self, text: str) -> Iterator[Token]:
        """Text with its placeholders; those without a value say so."""
        at = 0
        for found in PLACEHOLDER.finditer(text):
            if found.start() > at:
                yield text_token(text[at : found.start()])
            yield html_inline(self._value(found))
            at = found.end()
        if at < len(text):
            yield text_token(text[at:])

    def _value(self, found: re.Match[str]) -> Markup:
        if self._values is None:
            return Markup('<span class="blank">{}</span>').format(found[0])
        value = self._joined(found[1])
        if value:
            return Markup('<span class="value">{}</span>').format(value)
        return Markup('<span class="blank">(the alert has no {})</span>').format(found[1])

    def _in_text(self, found: re.Match[str]) -> str:
        return self._joined(found[1]) or found[0]

    def _joined(self, field: str) -> str:
        values = self._values(field) if self._values is not None else ()
        shown = [shortened(visible(_told(value)), LONGEST_VALUE) for value in values[:MOST_VALUES]]
        if len(values) > MOST_VALUES:
            shown.append(f"and {len(values) - MOST_VALUES:,} more")
        return ", ".join(shown)

    def _block(self, number: int, block: Block) -> Markup:
        template = environment().get_template("guide_block.html")
        return Markup(  # noqa: S704 - what our own template wrote
            template.render(
                block=block,
                query=self._sql(visible(block.query)),
                groups=[[self._condition(one) for one in group] for group in block.groups],
                extra=self._extra(number, block) if self._extra is not None else "",
            )
        )

    def _sql(self, query: str) -> str:
        """A query to copy: a quote in a value does not end the text that it stands in."""

        def put(found: re.Match[str]) -> str:
            return self._in_text(found).replace("'", "''")

        return query if self._values is None else PLACEHOLDER.sub(put, query)

    def _condition(self, one: Condition) -> tuple[str, str, str]:
        """A condition in words: its field, how it is compared, the value."""
        value = self.text(visible(one.value))
        if one.kind == "exists":
            return one.field, "does not exist" if one.excluded else "exists", ""
        if one.kind == "range":
            return one.field, "is not within" if one.excluded else "is within", value
        return one.field, "is not" if one.excluded else "is", value


def _told(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
