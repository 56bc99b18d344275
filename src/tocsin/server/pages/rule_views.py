"""What is put into the templates of rules, beside what the pages are about."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import escape

from tocsin.corpus.ask.planned import LANGUAGES, LONGEST
from tocsin.server.pages.view import View
from tocsin.store.kept import Kept
from tocsin.web.address import query_string
from tocsin.web.ask_question import ask_address
from tocsin.web.environment import render
from tocsin.web.names import is_attack_id
from tocsin.web.rule_list import FACETS, SORTS, RuleList, RulesAsked
from tocsin.web.rule_live import MOST_TRIED, RuleLive, alerts_link, run_rows
from tocsin.web.rule_page import RulePage
from tocsin.web.shelf import Shelf
from tocsin.web.times import moment

MOST_CHANGES = 40
"""Rules that changed in a set, of which a page shows how."""

UNNAMED = "(says nothing of where it belongs)"
_TITLES = {"data": "Data", "status": "Here", "source": "Source"}
_HEADINGS = (
    ("Name", "name", False),
    ("Severity", "severity", False),
    ("Risk", "risk", True),
    ("Alerts in 7 days", "alerts", True),
    ("Here", "", False),
    ("Data", "", False),
    ("Type", "", False),
    ("Tactics", "", False),
)


def list_text(found: RuleList | None, view: View, trouble: str) -> str:
    """The list of rules as a page; None: they are not there yet."""
    asked = found.asked if found is not None else RulesAsked.read(())
    return render(
        "rules_live.html",
        **view.context,
        found=found,
        trouble=trouble,
        search=escape(asked.one("q")),
        carried=[
            (name, escape(value))
            for name, value in asked.given
            if name not in {"q", "sort", "order", "page"}
        ],
        sorts=SORTS,
        facets=[] if found is None else _facets(found),
        headings=[_heading(asked, *one) for one in _HEADINGS],
        alerts_of=alerts_link,
    )


def rule_text(
    page: RulePage,
    live: RuleLive,
    shelf: Shelf,
    view: View,
    total: int,
    latest: Sequence[Kept],
) -> str:
    """A rule as a page; ``latest``: its latest alert, if it has any."""
    return render(
        "rule_live.html",
        **view.context,
        page=page,
        live=live,
        layout="rules_base.html",
        suffix="",
        list="rules",
        groups=_attack_links(page),
        total=total,
        latest=moment(latest[0].timestamp) if latest else "",
        all_alerts=alerts_link(page.rule.id),
        runs=run_rows(live.runs),
        stopped_since=moment(live.stopped.since) if live.stopped else "",
        sets=[
            (one, one.name or UNNAMED, set_link(one.name), moment(one.last) if one.last else "")
            for one in live.sets
        ],
        tried=(live.tried or ())[:MOST_TRIED],
        more_tried=max(0, len(live.tried or ()) - MOST_TRIED),
        history=shelf.history.get(page.rule.id, ()),
        ask=_ask(page),
    )


def _ask(page: RulePage) -> str:
    """The page that asks the rule's query; empty if it has none, or one that is too long."""
    rule = page.rule
    if not rule.query or rule.language not in LANGUAGES or len(rule.query) > LONGEST:
        return ""
    return ask_address(rule.language, rule.query, index=rule.index)


def changes_text(shelf: Shelf, view: View) -> str:
    """What changed in the set of rules, as a page."""
    return render(
        "rule_changes.html",
        **view.context,
        layout="rules_base.html",
        sets=shelf.changes,
        list="rules",
        suffix="",
        pages=shelf.library.names,
        most=MOST_CHANGES,
        twin="/rules/changes.json",
        empty="The rules have not changed since this engine had its first ones. When their files"
        " do, they are loaded again by themselves, and what that changes stands here.",
    )


def set_link(name: str) -> str:
    """Where more is said of a data set."""
    return f"/data{query_string([('set', name or '-')])}"


def technique_link(technique: str) -> str:
    """The rules of a technique."""
    return f"rules{query_string([('technique', technique)])}"


def _attack_links(page: RulePage) -> dict[str, str]:
    """The addresses of the rules of each tactic and technique of a rule, by id."""
    found = {}
    for row in page.attack:
        if is_attack_id(row.id):
            tactic = query_string([("tactic", row.name)])
            found[row.id] = technique_link(row.id) if row.depth else f"rules{tactic}"
    return found


def _facets(found: RuleList) -> list[tuple[str, list[tuple[str, int, str, bool]]]]:
    """Title, and text, number, address and whether it is chosen, of each value."""
    asked = found.asked
    shown = []
    for name in (*FACETS, "technique"):
        values = found.facets.get(name) or [(value, found.total) for value in asked.values(name)]
        title = _TITLES.get(name, name.capitalize())
        rows = [
            (value, number, asked.toggled(name, value), value in asked.values(name))
            for value, number in values
        ]
        shown.append((title, rows))
    return shown


def _heading(asked: RulesAsked, title: str, sort: str, number: bool) -> tuple[str, str, str, bool]:
    """Title, address of that order, the order that holds, whether it is about numbers."""
    if not sort:
        return title, "", "", number
    order = ("descending" if asked.falling else "ascending") if asked.sort == sort else ""
    return title, asked.sorted_by(sort), order, number
