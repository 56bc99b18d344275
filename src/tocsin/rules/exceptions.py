"""Exceptions from files to rules: Kibana's exports, TOML, and which rules each applies to.

    [[exceptions]]                        # our own form
    name = "the scanner of the office"
    rules = ["Potential Network Scan*"]   # ids, names or file names; or tags = ["…"]
    entries = [
      { field = "process.name", type = "match", value = "nmap" },
      { field = "source.ip", type = "match", value = "10.1.0.0/16" },
    ]

Exported items, and TOML of the form in which rule repositories keep them (``[metadata]``,
``[exceptions.container]``, ``[[exceptions.items]]``), apply to the rules whose ``exceptions_list``
refers to their list. What ``tocsin.toml`` names under a rule applies to that rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from tocsin.diagnostics import Diagnostic, Severity
from tocsin.rules.archive import unpacked
from tocsin.rules.exception_build import ItemBuilder
from tocsin.rules.exception_item import Entry, Item, referred
from tocsin.rules.json_layout import JsonPlaces
from tocsin.rules.kibana import is_json, json_entries, kind_of
from tocsin.rules.layout import Path as KeyPath
from tocsin.rules.report import Report
from tocsin.rules.rule import Rule
from tocsin.rules.sources import SourceFile, read_sources
from tocsin.rules.toml import TomlPlaces, read_toml
from tocsin.rules.value_lists import Given, ValueLists

Source: TypeAlias = str | Path | Mapping[str, Any]
"""A file of exceptions, or an item as Kibana's interface has it."""

ENDPOINT = "endpoint_list"


class Exceptions:
    """Exceptions for some rules, with the value lists that they ask for.

    ``diagnostics`` tells what cannot be used, and what applies to no rule.
    """

    def __init__(
        self,
        by_rule: Mapping[str, Sequence[Item]] | None = None,
        lists: ValueLists | None = None,
        diagnostics: Iterable[Diagnostic] = (),
    ) -> None:
        self._by_rule = {rule: tuple(items) for rule, items in (by_rule or {}).items() if items}
        self.lists = lists or ValueLists()
        self.diagnostics = list(diagnostics)

    def of(self, rule: Rule) -> tuple[Item, ...]:
        """The exceptions that apply to a rule."""
        return self._by_rule.get(rule.id, ())

    def __len__(self) -> int:
        return len(self.items)

    @property
    def items(self) -> tuple[Item, ...]:
        """All that apply to some rule."""
        return tuple(dict.fromkeys(item for items in self._by_rule.values() for item in items))

    @property
    def key(self) -> str:
        """Names the content, lists included; empty if there is none."""
        if not self._by_rule:
            return ""
        whole = hashlib.sha256(repr(sorted(self._by_rule.items())).encode())
        asked = {(*entry.values, entry.fold) for entry in self._entries() if entry.type == "list"}
        for name, type_, folded in sorted(asked):
            whole.update(repr(self.lists.find(name, type_, folded=folded)).encode())
        return whole.hexdigest()

    def _entries(self) -> Iterable[Any]:
        return (entry for item in self.items for entry in item.entries)


def gather(
    rules: Iterable[Rule], given: Iterable[Source | Exceptions], lists: Iterable[Given] = ()
) -> Exceptions:
    """The exceptions of files, of mappings, and of the files that the overlay names for rules.

    Nothing is raised for bad input: see ``diagnostics``.
    """
    kept = list(rules)
    reader = _Files()
    items = reader.items(given)
    by_rule: dict[str, list[Item]] = {}
    used: set[int] = set()
    for rule in kept:
        lists_of = set(referred(rule))
        found = [
            item
            for item in items
            if (item.list_id and (item.list_id, item.namespace) in lists_of) or item.names(rule)
        ]
        used.update(map(id, found))
        found += reader.items(rule.exceptions)
        by_rule[rule.id] = list(dict.fromkeys(found))
    told = [_unused(item) for item in items if id(item) not in used]
    if any(item.list_id for item in items):
        told += _absent(kept, {(item.list_id, item.namespace) for item in items} | reader.lists)
    values = ValueLists(lists)
    if values.names and not any(map(_asks_for_list, chain.from_iterable(by_rule.values()))):
        told.append(_UNASKED)
    return Exceptions(by_rule, values, [*reader.diagnostics, *told])


_UNASKED = Diagnostic(
    "EXC023",
    "no exception of a loaded rule asks for a value list: those that were given have no effect",
    Severity.WARNING,
    hint="give the exceptions that name the lists with --exceptions",
)


def _asks_for_list(asking: Item | Entry) -> bool:
    return any(entry.type == "list" or _asks_for_list(entry) for entry in asking.entries)


def _unused(item: Item) -> Diagnostic:
    named = item.rules or item.tags
    what = "no loaded rule fits its `rules` and `tags`" if named else "it names no `rules`"
    if item.list_id:
        what = f"no loaded rule refers to the list `{item.list_id}`"
    return item.place.told(
        "EXC012",
        f"the exception `{item.name}` applies to no rule: {what}",
        hint='write rules = ["…"], or name the file in tocsin.toml under [rules."…"]',
        severity=Severity.WARNING,
    )


def _absent(rules: Iterable[Rule], known: set[tuple[str, str]]) -> list[Diagnostic]:
    """Lists that rules refer to and nobody gave; the one that many of Elastic's name is no news."""
    missing: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        for found in referred(rule):
            if found not in known and found[0] != ENDPOINT:
                missing.setdefault(found, []).append(rule)
    return [
        Diagnostic(
            "EXC013",
            f"{_counted(of)} to the list `{name}` ({namespace}), which no given file has",
            Severity.WARNING,
            hint="export the list from Kibana and give it to --exceptions too",
            file=of[0].origin.file,
            rule_id=of[0].id,
        )
        for (name, namespace), of in missing.items()
    ]


def _counted(rules: Sequence[Rule]) -> str:
    return f"`{rules[0].name}` refers" if len(rules) == 1 else f"{len(rules)} rules refer"


class _Files:
    """Reads each file once."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.lists: set[tuple[str, str]] = set()
        self._known: dict[str, list[Item]] = {}

    def items(self, given: Iterable[Source | Exceptions]) -> list[Item]:
        """The items of all sources, in order."""
        found: list[Item] = []
        for source in given:
            if isinstance(source, Exceptions):
                found += source.items
                self.diagnostics += source.diagnostics
            elif isinstance(source, Mapping):
                found += self._of_mapping(source)
            else:
                path = str(source)
                if path not in self._known:
                    self._known[path] = self._read(path)
                found += self._known[path]
        return found

    def _of_mapping(self, table: Mapping[str, Any]) -> list[Item]:
        text = orjson.dumps(dict(table), default=str, option=orjson.OPT_NON_STR_KEYS).decode()
        report = Report("", text, TomlPlaces(""))
        own = "rules" in table or ("tags" in table and "list_id" not in table)
        item = ItemBuilder(report, "", text, own=own).item(table, ())
        self.diagnostics += report.diagnostics
        return [item] if item is not None else []

    def _read(self, path: str) -> list[Item]:
        sources = read_sources([path])
        for told in sources.diagnostics:
            self.diagnostics.append(Diagnostic("EXC001", told.message, file=told.file))
        found: list[Item] = []
        before = len(self.diagnostics)
        for part in sources.parts:
            for file in part:
                for text in unpacked(file):
                    if isinstance(text, Diagnostic):
                        self.diagnostics.append(text)
                    else:
                        found += self._of_file(text)
        if sources.parts and not found and len(self.diagnostics) == before:
            message = f"{path} holds no exception"
            self.diagnostics.append(Diagnostic("EXC002", message, Severity.WARNING, file=path))
        return found

    def _of_file(self, file: SourceFile) -> list[Item]:
        return self._of_json(file) if is_json(file.content) else self._of_toml(file)

    def _of_json(self, file: SourceFile) -> list[Item]:
        found: list[Item] = []
        text = file.content.decode("utf-8-sig", "replace")
        for entry in json_entries(file.name, text, self.diagnostics):
            if kind_of(entry.value) == "exception lists":
                self._list(entry.value)
            if kind_of(entry.value) != "exception items":
                continue
            report = Report(file.name, text, JsonPlaces(entry.text, entry.start))
            item = ItemBuilder(report, file.name, text, own=False).item(entry.value, ("item_id",))
            self.diagnostics += report.diagnostics
            found += [item] if item is not None else []
        return found

    def _of_toml(self, file: SourceFile) -> list[Item]:
        read = read_toml(file, self.diagnostics)
        if read is None:
            return []
        text, document = read
        report = Report(file.name, text, TomlPlaces(text))
        tables = document.get("exceptions")
        if not isinstance(tables, list):
            return []
        rules = _named_rules(document.get("metadata"))
        found: list[Item | None] = []
        for number, table in enumerate(tables):
            path: KeyPath = ("exceptions", number)
            if not isinstance(table, dict):
                continue
            if "container" not in table and "items" not in table:
                found.append(ItemBuilder(report, file.name, text, own=True).item(table, path))
                continue
            container = table.get("container")
            self._list(container)
            list_id = str(container.get("list_id", "")) if isinstance(container, dict) else ""
            builder = ItemBuilder(report, file.name, text, own=False)
            for place, item in enumerate(table.get("items") or ()):
                if isinstance(item, dict):
                    at = (*path, "items", place)
                    found.append(builder.item(item, at, list_id=list_id, rules=rules))
        self.diagnostics += report.diagnostics
        return [item for item in found if item is not None]

    def _list(self, container: object) -> None:
        if isinstance(container, Mapping):
            namespace = container.get("namespace_type") or "single"
            self.lists.add((str(container.get("list_id")), str(namespace)))


def _named_rules(metadata: object) -> tuple[str, ...]:
    """The rules that a rule repository says a list belongs to."""
    if not isinstance(metadata, Mapping):
        return ()
    named = [metadata.get("rule_ids"), metadata.get("rule_names")]
    return tuple(str(name) for names in named if isinstance(names, list) for name in names)
