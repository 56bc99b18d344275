"""Many rules in order, with what was wrong with others; choose, find and compare them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import overload

from tocsin.diagnostics import Diagnostic, Severity
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.rules.related import Related, related
from tocsin.rules.rule import Rule
from tocsin.rules.select import KINDS, Selector, file_stem, selector

_PART = 4
"""The fewest characters of an id that stand for it."""


class RuleSet(Sequence[Rule]):
    """Rules of any type and status, in the order they were read. Immutable.

    It holds all rules that could be read, deprecated ones too; `select` gives those that run.
    """

    __slots__ = ("_named", "_rules", "diagnostics")

    def __init__(
        self,
        rules: Iterable[Rule] = (),
        diagnostics: Iterable[Diagnostic] = (),
        named: Iterable[str] = (),
    ) -> None:
        self._rules = tuple(rules)
        self.diagnostics = tuple(diagnostics)
        self._named = frozenset(named)

    def __len__(self) -> int:
        return len(self._rules)

    @overload
    def __getitem__(self, index: int) -> Rule: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Rule]: ...
    def __getitem__(self, index: int | slice) -> Rule | Sequence[Rule]:
        """A rule by its number, or a run of rules."""
        return self._rules[index]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def __repr__(self) -> str:
        return f"<RuleSet of {len(self)} rules, {len(self.diagnostics)} diagnostics>"

    def changed(self, rules: Iterable[Rule], told: Iterable[Diagnostic] = ()) -> RuleSet:
        """A set of other rules, with the same diagnostics and some more."""
        return RuleSet(rules, (*self.diagnostics, *told), self._named)

    def select(
        self,
        rule: Iterable[str] = (),
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
    ) -> RuleSet:
        """The rules to run.

        Parameters
        ----------
        rule
            Ids, names or file stems, ``*`` for any characters; only these rules are taken.
        include
            ``K:V``: rules must fit one of the selectors of each K that is given.
        exclude
            ``K:V``: rules that fit any of them are left out.

        Deprecated rules, those not in production and those that are disabled are left out unless
        ``rule`` (or ``include`` with ``rule:``) names them. A selector that takes nothing is told
        of (``RULE020``). Selecting again keeps what was named. Raises `SelectorError` if a
        selector cannot be read.
        """
        chosen = [Selector("rule", text) for text in rule]
        wanted = [selector(text) for text in include]
        unwanted = [selector(text) for text in exclude]
        naming = [*chosen, *(one for one in wanted if one.kind == "rule")]
        named = {found.id for found in self for one in naming if one.takes(found)} | self._named
        told = [
            self._takes_nothing(one)
            for one in (*chosen, *wanted, *unwanted)
            if not any(one.takes(found) for found in self)
        ]
        groups: defaultdict[str, list[Selector]] = defaultdict(list)
        for one in wanted:
            groups[one.kind].append(one)
        taken, off = [], Counter[str]()
        for found in self:
            if (chosen and not _fits_any(chosen, found)) or _fits_any(unwanted, found):
                continue
            if not all(_fits_any(group, found) for group in groups.values()):
                continue
            why = off_by_default(found)
            if why and found.id not in named:
                off[why] += 1
            else:
                taken.append(found)
        told.extend(_left_out(why, number) for why, number in sorted(off.items()))
        return RuleSet(taken, (*self.diagnostics, *told), named)

    def find(self, text: str) -> list[Rule]:
        """The rules that a person means by an id, a name, a file stem, or a part of one.

        Only the nearest kind of likeness counts: whole id, name or stem; then the beginning of an
        id; then words within a name or a stem. Empty if nothing is like it: see `suggest`.
        """
        folded = text.strip().casefold()
        if not folded:
            return []
        for like in (_is_whole, _begins_id, _is_within):
            found = [rule for rule in self if like(folded, rule)]
            if found:
                return found
        return []

    def suggest(self, text: str, limit: int = 3) -> list[str]:
        """Names and file stems that hold a text, or look like it mistyped, best first."""
        stems = (stem for rule in self if (stem := file_stem(rule)))
        known = list(dict.fromkeys([*(rule.name for rule in self), *stems]))
        part = text.strip().casefold()
        held = [name for name in known if len(part) >= _PART and part in name.casefold()]
        return held[:limit] or near(text, known, limit)

    def related(
        self,
        rule: Rule,
        fields: Callable[[Rule], Iterable[str]] | None = None,
        limit: int = 5,
    ) -> list[Related]:
        """Other rules that share techniques, tags or query fields with one, most alike first."""
        return related(rule, self, fields, limit)

    def _takes_nothing(self, one: Selector) -> Diagnostic:
        if one.kind == "rule":
            hint = did_you_mean(self.suggest(one.value))
        else:
            known = {text for rule in self for text in KINDS[one.kind](rule)}
            few = ", ".join(sorted(known)) if len(known) <= 12 else ""
            hint = did_you_mean(near(one.value, known)) or (few and f"there are {few}")
        return Diagnostic(
            code="RULE020",
            message=f"no rule fits `{one}`",
            severity=Severity.WARNING,
            hint=hint,
        )


_PART = 4
"""Characters of a name's part that say enough to suggest the name."""

_PRACTICE = "Use Case: Guided Onboarding"
"""The tag of rules that show newcomers an alert: they find any event at all."""


def off_by_default(rule: Rule) -> str:
    """Why a rule runs only if it is named: a word for it, empty if it runs anyway."""
    if rule.maturity != "production":
        return rule.maturity
    if _PRACTICE in rule.tags:
        return "practice"
    return "" if rule.enabled else "disabled"


def _left_out(why: str, number: int) -> Diagnostic:
    rules = f"{number} {why} rule{'s' if number > 1 else ''}"
    return Diagnostic(
        code="RULE021",
        message=f"{rules} left out",
        severity=Severity.INFO,
        hint="name a rule with --rule to run it all the same",
    )


def _fits_any(selectors: Iterable[Selector], rule: Rule) -> bool:
    return any(one.takes(rule) for one in selectors)


def _is_whole(text: str, rule: Rule) -> bool:
    return Selector("rule", text).takes(rule)


def _begins_id(text: str, rule: Rule) -> bool:
    return len(text) >= _PART and rule.id.casefold().startswith(text)


def _is_within(text: str, rule: Rule) -> bool:
    return text in rule.name.casefold() or text in file_stem(rule).casefold()
