"""HTML as a browser would judge it, as far as the standard library can: tags and attributes."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_NEVER = {"iframe", "object", "embed", "base", "form", "img"}


class Page(HTMLParser):
    """A page that was read; fails on a tag that is not closed, in its place.

    ``links``: all `href`; ``ids``: all `id`; ``tags``: all that were opened; ``text``: all texts.
    """

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(content)
        self.close()
        assert self._open == [], self._open
        assert len(self.ids) == len(set(self.ids)), "an id stands twice"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert name != "style", (tag, attrs)
            assert not name.startswith("on"), (tag, attrs)
            if name in {"href", "src"}:
                self.links.append(value or "")
                start = (value or "").strip().lower()
                assert not start.startswith(("javascript:", "data:", "vbscript:")), value
            if name == "id":
                self.ids.append(value or "")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self._open, tag
        assert self._open[-1] == tag, (tag, self._open[-3:])
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data


def harmless(content: str) -> Page:
    """A part of a page that loads nothing and runs nothing."""
    page = Page(content)
    assert not _NEVER & set(page.tags), page.tags
    assert "script" not in page.tags
    return page
