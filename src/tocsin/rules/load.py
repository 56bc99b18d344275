"""Files, folders and archives of rules to rules and diagnostics. Nothing is raised for bad input.

What a file is, its content tells: an archive, JSON as Kibana exports it, or TOML. One broken rule
or file stops no other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson

from tocsin.columns.collector import paused
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.rules.archive import unpacked
from tocsin.rules.kibana import is_json, kibana_rules
from tocsin.rules.pack import pack_path
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet
from tocsin.rules.sources import VERSIONS, SourceFile, Sources, read_sources
from tocsin.rules.toml import toml_rule


def load_rules(*paths: str | Path) -> RuleSet:
    """Load rules from files, folders, archives and exports; without a path, the shipped pack.

    What was refused, and why, stands in the rule set's ``diagnostics``.

    Raises
    ------
    TypeError
        It is no path.
    """
    for path in paths:
        if not isinstance(path, str | Path):
            raise TypeError(f"a path is a text or a Path, not {path!r}; of several give each")
    return load(paths or (pack_path(),))


def load(paths: Iterable[str | Path]) -> RuleSet:
    """Load rules: TOML files, folders of them, archives (zip, tar, tar.gz), Kibana's exports.

    Rules come in the order of ``paths``, within a folder by file name. Of two rules with one id
    the first counts; that is told (``RULE009``) unless they are the same.
    """
    return load_sources(read_sources(paths))


def load_sources(sources: Sources) -> RuleSet:
    """Load rules from files that have been read; see `load`."""
    loader = _Loader(list(sources.diagnostics))
    with paused():
        for part in sources.parts:
            loader.part(part)
    return RuleSet(loader.rules.values(), loader.diagnostics)


class _Loader:
    """Rules by id, and what was wrong, while files are read."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.rules: dict[str, Rule] = {}
        self.diagnostics = diagnostics

    def part(self, files: Iterable[SourceFile]) -> None:
        """Read what belongs together: a folder, archive or file; it shares a list of versions."""
        found: list[Rule] = []
        versions: dict[str, int] = {}
        for file in files:
            told = len(self.diagnostics)
            for text in unpacked(file):
                if isinstance(text, Diagnostic):
                    self.diagnostics.append(text)
                elif text.name.endswith(VERSIONS):
                    versions |= _versions(text)
                else:
                    found.extend(self._rules(text))
            if file.named and not found and not _has_error(self.diagnostics[told:]):
                self.diagnostics.append(_without_rule(file.name))
        for rule in found:
            self._keep(_versioned(rule, versions))

    def _rules(self, file: SourceFile) -> Iterable[Rule]:
        if is_json(file.content):
            return kibana_rules(file, self.diagnostics)
        rule = toml_rule(file, self.diagnostics)
        return () if rule is None else (rule,)

    def _keep(self, rule: Rule) -> None:
        first = self.rules.setdefault(rule.id, rule)
        if first is rule or (first.raw == rule.raw and first.metadata == rule.metadata):
            return
        same = "" if first.name == rule.name else f" ({first.name})"
        self.diagnostics.append(
            Diagnostic(
                code="RULE009",
                message=f"the rule id {rule.id} is taken by {first.origin.file}{same}",
                severity=Severity.WARNING,
                label="this rule is left out",
                hint="give it an id of its own, or load only one of the two files",
                file=rule.origin.file,
                rule_id=rule.id,
            )
        )


def _has_error(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(found.severity is Severity.ERROR for found in diagnostics)


def _without_rule(name: str) -> Diagnostic:
    return Diagnostic(
        code="RULE011",
        message=f"{name} holds no rule",
        hint="name TOML files with a [rule] table, a folder or an archive of them, or an export",
        file=name,
    )


def _versions(file: SourceFile) -> dict[str, int]:
    """Rule versions by id from Elastic's list of them; empty if it cannot be read."""
    try:
        rows = orjson.loads(file.content)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(rows, dict):
        return {}
    return {
        rule_id: row["version"]
        for rule_id, row in rows.items()
        if isinstance(row, Mapping) and isinstance(row.get("version"), int)
    }


def _versioned(rule: Rule, versions: Mapping[str, int]) -> Rule:
    """The rule with the version of the list, unless its file names one."""
    if "version" in rule.raw or rule.id not in versions:
        return rule
    return dataclasses.replace(rule, version=versions[rule.id])
