"""The templates, and what is true of every page that is made of them.

    render("rule.html", root="../", rule=…)

Values are escaped wherever they stand, and made visible before (`tocsin.web.visible`); a template
that names something it was not given fails. ``root`` is the way from a page to the folder that
holds ``static/`` and all other pages: ``../``, ``/`` or nothing.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from tocsin.web.names import page_name
from tocsin.web.visible import shortened, visible

STATIC = Path(__file__).parent / "static"
"""The style sheet and the scripts, as they are served."""

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The one environment of all templates."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.filters["count"] = counted
    made.filters["shortened"] = shortened
    made.filters["page_name"] = page_name
    made.globals["style_sheet"] = style_sheet
    made.globals["navigation"] = ()
    made.globals["policy"] = ""
    made.globals["root"] = ""
    return made


def warm() -> None:
    """Compile all templates, so that the first page of each kind need not wait for it."""
    for name in environment().list_templates():
        environment().get_template(name)


def render(template: str, **context: object) -> str:
    """A page or a part of one as text."""
    return environment().get_template(template).render(context)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 rule``, ``2,068 rules``."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


@cache
def style_sheet() -> Markup:
    """The style sheet, to stand in a page that must be one file."""
    # our own file: it holds no `</style`, and a browser does not read escapes in it
    return Markup((STATIC / "style.css").read_text(encoding="utf-8"))  # noqa: S704


@cache
def style_hash() -> str:
    """The style sheet's place in a content security policy, for such a page."""
    digest = hashlib.sha256(style_sheet().encode()).digest()
    return f"'sha256-{b64encode(digest).decode()}'"


def _finalized(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value
