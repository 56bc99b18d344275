"""All that the pages of a running engine know of its rules, so that another process can make it.

Making it takes seconds for thousands of rules: they are linted, compiled, put beside each other. It
is written down in parts, none of which takes long to be read again.
"""

from __future__ import annotations

import io
import logging
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tocsin.cases.find import cases_of
from tocsin.cases.run import run_case
from tocsin.columns.collector import paused
from tocsin.diagnostics import Diagnostic
from tocsin.engine.compiled import Compiled, compile_rules
from tocsin.plan.needs import Needs, needs_of
from tocsin.plan.rule_plan import indices_of
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet, off_by_default
from tocsin.rules.support import Status, support
from tocsin.web.library import Library
from tocsin.web.rule_archive import history, keep
from tocsin.web.rule_history import RuleChange, SetChange, by_rule, told
from tocsin.web.rule_list import RuleRow, rule_row

_log = logging.getLogger(__name__)

TOGETHER = 100
"""Rules that are written into one part."""

MOST_CASES = 500
"""Test cases of a rule that are run for its page."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A test case of a rule and what became of it; ``problem`` is empty if it held."""

    name: str
    expected: str
    alerts: int
    problem: str
    file: str
    line: int


@dataclass(slots=True)
class Shelf:
    """Rules for pages.

    ``rows``: by name. ``needs``: by rule id, of rules that run. ``indices``: by rule id, the
    patterns of the indices whose events a rule sees. ``tried``: by rule id, once the tests have run
    (`trials`). ``by_page``: rules by the names of their pages. ``changes``: from each set of rules
    that the engine had to the next, the latest first; ``history``: the same by rule id. ``kept``:
    what pages made of it, to have it again.
    """

    library: Library
    rows: Sequence[RuleRow]
    needs: Mapping[str, Needs]
    indices: Mapping[str, tuple[str, ...]]
    changes: Sequence[SetChange] = ()
    history: Mapping[str, Sequence[RuleChange]] = field(default_factory=dict)
    tried: Mapping[str, Sequence[Tried]] | None = None
    by_page: Mapping[str, Rule] = field(default_factory=dict)
    kept: dict[object, Any] = field(default_factory=dict)


def shelf(ruleset: RuleSet, compiled: Compiled, archive: Path | None = None, now: int = 0) -> Shelf:
    """Put rules on a shelf.

    Parameters
    ----------
    ruleset
        All rules, those that were not chosen to run too.
    compiled
        Those that were chosen.
    archive
        The folder of the sets that the engine had; this one is kept there, as of ``now`` (ms).
    """
    chosen = {rule.id for rule in compiled.rules}
    off = {rule.id: _off(rule) for rule in ruleset if rule.id not in chosen}
    library = Library(ruleset, compiled, off=off)
    needs: dict[str, Needs] = {}
    indices = {rule.id: rule.index for rule in library.rules}
    for rule, plan in zip(compiled.rules, compiled.plans, strict=True):
        if plan is not None and rule.id not in needs:
            needs[rule.id] = needs_of(plan)
            indices[rule.id] = indices_of(rule, plan)
    rows = [rule_row(rule, library) for rule in library.rules]
    pages = {library.names[rule.id]: rule for rule in library.rules}
    changes = _changes(archive, library, now) if archive is not None else []
    return Shelf(
        library, rows, needs, indices, changes=changes, history=by_rule(changes), by_page=pages
    )


def _changes(archive: Path, library: Library, now: int) -> list[SetChange]:
    """What changed from set to set, this one being the last."""
    try:
        keep(archive, [told(rule) for rule in library.rules], now)
    except OSError as error:
        _log.warning("what rules were is not kept: %s", error)
    return history(archive)


def _off(rule: Rule) -> Status:
    """Why a rule that was not chosen does not run."""
    known = support(rule)
    if known.status == "deprecated":
        return Status("deprecated", known.reason)
    if not rule.enabled:
        return Status("disabled", "its file or tocsin.toml says `enabled = false`")
    why = off_by_default(rule)
    if why == "practice":
        return Status("disabled", "it finds any event at all, for practice; --rule runs it")
    if why:
        return Status("disabled", f"its maturity is {why}; --rule runs it")
    return Status("disabled", "the engine was started without it (--rule, --include, --exclude)")


def trials(rule: Rule) -> list[Tried]:
    """Run the tests beside a rule's file; a file that cannot be read is a test that failed."""
    wrong: list[Diagnostic] = []
    cases = cases_of(rule, wrong)
    found = [
        Tried("its case file can be read", "cases", 0, entry.message, entry.file or "", 0)
        for entry in wrong
    ]
    if cases:
        compiled = compile_rules([rule])
        for case in cases[:MOST_CASES]:
            done = run_case(compiled, case)
            found.append(
                Tried(case.name, case.expected, done.alerts, done.problem, case.file, case.line)
            )
    return found


class _Pickler(pickle.Pickler):
    """Writes numbers in place of rules."""

    def __init__(self, file: io.BytesIO, rules: Sequence[Rule]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._numbers = {id(rule): number for number, rule in enumerate(rules)}

    def persistent_id(self, obj: object) -> int | None:
        """The number of a rule."""
        return self._numbers.get(id(obj)) if type(obj) is Rule else None


class _Unpickler(pickle.Unpickler):
    """Reads rules for their numbers."""

    def __init__(self, content: bytes, rules: Sequence[Rule]) -> None:
        super().__init__(io.BytesIO(content))
        self._rules = rules

    def persistent_load(self, pid: Any) -> Rule:  # noqa: ANN401 - pickle's own
        """The rule of a number."""
        return self._rules[pid]


def parts(made: Shelf) -> Iterator[bytes]:
    """A shelf as bytes, for a process of ours: the rules some at a time, then all the rest."""
    rules = made.library.rules
    with paused():
        for first in range(0, len(rules), TOGETHER):
            yield pickle.dumps(rules[first : first + TOGETHER], pickle.HIGHEST_PROTOCOL)
        rest = io.BytesIO()
        _Pickler(rest, rules).dump(made)
        yield rest.getvalue()


def joined(content: Iterator[bytes]) -> Shelf:
    """A shelf again, of what `parts` gave: of our own process only, since pickles can do anything.

    Raises
    ------
    EOFError
        There is nothing.
    """
    rules: list[Rule] = []
    last = b""
    for part in content:
        if last:
            with paused():
                rules += pickle.loads(last)  # noqa: S301 - see above
        last = part
    with paused():
        found: Shelf = _Unpickler(last, rules).load()
    return found
