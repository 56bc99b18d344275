"""A rule set as a static site: pages and their JSON, as names with contents.

Nothing is loaded from elsewhere and nothing runs but the filter of tables, which is a file of ours;
without it all rules are shown. A page says so in its content security policy.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tocsin.rules.rule import Rule
from tocsin.web.environment import STATIC, render
from tocsin.web.groups import KINDS, Group, attack_pages, groups, systems
from tocsin.web.library import Library
from tocsin.web.matrix import HEATS, matrix, navigator
from tocsin.web.matrix import as_data as matrix_data
from tocsin.web.rule_history import SetChange, by_rule, set_json
from tocsin.web.rule_history import as_json as change_json
from tocsin.web.rule_page import as_data, rule_page

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'"
)
"""What a page of the site may load and do."""

_ASSETS = ("filter.js", "style.css")


def site(
    library: Library, title: str, changed: SetChange | None = None
) -> Iterator[tuple[str, bytes]]:
    """Names of files, with ``/`` between folders, and their contents; each name comes once.

    ``title`` says which rules these are, ``changed`` what changed since an earlier set of them.
    """
    made = groups(library)
    for name in _ASSETS:
        yield f"static/{name}", (STATIC / name).read_bytes()
    yield from _index(library, made, title, changed)
    yield from _matrix(library, made, title)
    for group in made:
        yield from _group(group, library, made)
    pages = attack_pages(made)
    history = by_rule([changed] if changed is not None else [])
    if changed is not None:
        yield from _changes(changed, library)
    for rule in library.rules:
        page = rule_page(rule, library)
        since = history.get(rule.id, [])
        name = f"rules/{page.page}"
        html = _page(
            "rule.html",
            "../",
            "",
            page=page,
            groups=pages,
            suffix=".html",
            list="index.html",
            history=since,
        )
        yield f"{name}.html", html
        data = as_data(page)
        yield (
            f"{name}.json",
            _json(data | ({"changes": [*map(change_json, since)]} if since else {})),
        )


def _changes(changed: SetChange, library: Library) -> Iterator[tuple[str, bytes]]:
    yield (
        "changes.html",
        _page(
            "rule_changes.html",
            "",
            "changes.html",
            sets=[changed],
            list="index.html",
            suffix=".html",
            pages=library.names,
            most=len(changed.changes),
            twin="changes.json",
            empty="",
        ),
    )
    yield "changes.json", _json(set_json(changed))


def row(rule: Rule, library: Library) -> dict[str, Any]:
    """A rule as a row of a table."""
    return {
        "rule_id": rule.id,
        "name": rule.name,
        "page": library.names[rule.id],
        "type": rule.type,
        "severity": rule.severity,
        "risk_score": rule.risk_score,
        "status": library.status(rule).status,
        "tactics": list(dict.fromkeys(threat.tactic for threat in rule.threat)),
        "systems": systems(rule),
    }


def _index(
    library: Library, made: Sequence[Group], title: str, changed: SetChange | None
) -> Iterator[tuple[str, bytes]]:
    rows = [row(rule, library) for rule in library.rules]
    kinds = {kind: [group for group in made if group.kind == kind] for kind in KINDS}
    yield (
        "index.html",
        _page(
            "rules.html",
            "",
            "index.html",
            heading="Rules",
            title=title,
            rows=rows,
            kinds={KINDS[kind]: found for kind, found in kinds.items() if kind != "techniques"},
            chosen=_choices(rows),
            twin="index.json",
            reference="",
            changed=changed is not None,
        ),
    )
    data = {"title": title, "rules": rows, "groups": [_data(group) for group in made]}
    yield "index.json", _json(data)


def _group(group: Group, library: Library, made: Sequence[Group]) -> Iterator[tuple[str, bytes]]:
    rows = [row(rule, library) for rule in group.rules]
    parts = [one for one in made if one.kind == group.kind and one.key.startswith(f"{group.key}.")]
    label = KINDS[group.kind]
    named = f"{group.key} {group.title}" if group.reference else group.title
    yield (
        f"{group.page}.html",
        _page(
            "rules.html",
            "../",
            "",
            heading=f"{label}: {named}",
            title="",
            rows=rows,
            kinds={"Sub-techniques": parts} if parts else {},
            chosen=_choices(rows),
            twin=f"{group.page.rpartition('/')[2]}.json",
            reference=group.reference,
            changed=False,
        ),
    )
    yield f"{group.page}.json", _json(_data(group) | {"rules": rows})


def _matrix(library: Library, made: Sequence[Group], title: str) -> Iterator[tuple[str, bytes]]:
    columns = matrix(library.rules)
    shades = [
        f"{least} to {after - 1}" if after > least + 1 else str(least)
        for least, after in itertools.pairwise(HEATS)
    ]
    html = _page(
        "matrix.html",
        "",
        "matrix.html",
        columns=columns,
        pages=attack_pages(made),
        shades=[*shades, f"{HEATS[-1]} or more"],
        title=title,
    )
    yield "matrix.html", html
    yield "matrix.json", _json({"title": title, "tactics": matrix_data(columns)})
    yield "navigator.json", _json(navigator(library.rules, title))


def _choices(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What the filter offers: the values of some columns."""
    found = {name: {str(entry[name]) for entry in rows} for name in ("severity", "type", "status")}
    found["systems"] = {system for entry in rows for system in entry["systems"]}
    return {name: sorted(values) for name, values in found.items() if len(values) > 1}


def _data(group: Group) -> dict[str, Any]:
    return {
        "kind": group.kind,
        "key": group.key,
        "title": group.title,
        "page": f"{group.page}.html",
        "count": len(group.rules),
    }


def _page(template: str, root: str, here: str, **context: object) -> bytes:
    navigation = [
        (f"{root}{address}", name, address == here)
        for address, name in (("index.html", "Rules"), ("matrix.html", "ATT&CK matrix"))
    ]
    html = render(
        template,
        root=root,
        navigation=navigation,
        policy=POLICY,
        layout="base.html",
        **context,
    )
    return html.encode()


def _json(data: object) -> bytes:
    # texts of rules may hold halves of surrogate pairs, which only escapes can carry
    return json.dumps(data, indent=1).encode() + b"\n"
