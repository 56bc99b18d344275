"""Which alerts a form of the queue means: some of the page, some groups, or all of its question.

A question is asked again when the form comes, up to the outbox number that the page knew: nothing
is done to alerts that came since, which nobody has seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl

from tocsin.server.refusal import bad_request
from tocsin.store.filter import Filter
from tocsin.store.label import Kind
from tocsin.store.store import Store
from tocsin.web.alert_question import GROUPS, Asked

MOST = 10_000
"""Alerts that one form does something with; of more, the latest."""


def question(fields: Mapping[str, str]) -> Asked:
    """The question of the page that a form stood on."""
    return Asked.read(parse_qsl(fields.get("back", "").removeprefix("?")))


def chosen(store: Store, fields: Sequence[tuple[str, str]]) -> list[str]:
    """The ids of the alerts that a form means. Raises RefusedError for a form that is none."""
    said = dict(fields)
    groups = [value for name, value in fields if name == "of"]
    if said.get("all") == "question":
        return store.ids(_seen(said), MOST)
    if groups:
        known = _seen(said)
        by = said.get("group", "")
        found = (store.ids(_within(known, by, value), MOST) for value in groups)
        return list(dict.fromkeys(name for some in found for name in some))[:MOST]
    field = "shown" if said.get("all") == "page" else "id"
    return [value for name, value in fields if name == field]


def _seen(said: Mapping[str, str]) -> Filter:
    number = said.get("number", "")
    if not number.isascii() or not number.isdecimal() or len(number) > 18:
        raise bad_request("the form does not say what it knew: load the page again")
    return replace(question(said).filter, upto=int(number))


def _within(known: Filter, by: str, value: str) -> Filter:
    """The alerts of a group."""
    if by not in GROUPS:
        raise bad_request(f"a group is one of {', '.join(GROUPS)}")
    if by == "status":
        return replace(known, statuses=(value,))
    if by == "severity":
        return replace(known, severities=(value,))
    return replace(known, exactly=((Kind(by), value),))
