"""Warnings that a rule's author has looked at and means to keep.

    # tocsin: allow EQL150 the star is in the log as it is
    query = '''process where process.args == "/text:*"'''

Such a comment holds for its own line; on a line of its own, for the whole statement (or the line of
a query) below it; before the first table, for the whole file. In an EQL query it begins with
``//``. Several codes stand with commas between them. Errors are never allowed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tocsin.diagnostics import Diagnostic, Severity, Span
from tocsin.diagnostics.codes import CODES
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.rules.layout import Layout
from tocsin.rules.rule import Rule
from tocsin.rules.select import file_stem

_COMMENT = re.compile(
    r"(?:#|//)[ \t]*tocsin:[ \t]*allow[ \t]+([A-Z]+[0-9]+(?:[ \t]*,[ \t]*[A-Z]+[0-9]+)*)"
    r"[ \t:]*([^\n]*)"
)
_ALONE = re.compile(r"[ \t]*(?:#|//)")


@dataclass(slots=True)
class Allowance:
    """One code of one comment: which characters of the file it holds for, and why."""

    code: str
    reason: str
    comment: Span
    holds: Span
    used: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """Diagnostics that remain, and those that a comment allows, with its reason."""

    diagnostics: tuple[Diagnostic, ...]
    allowed: tuple[tuple[Diagnostic, str], ...] = ()


def judge(diagnostics: Sequence[Diagnostic], rules: Iterable[Rule]) -> Judged:
    """Part what the rules' comments allow from the rest; comments without use are told of."""
    by_file = {
        rule.origin.file: (rule, allowances(rule.origin.text))
        for rule in rules
        if "tocsin:" in rule.origin.text and file_stem(rule)
    }
    rest: list[Diagnostic] = []
    allowed: list[tuple[Diagnostic, str]] = []
    for found in diagnostics:
        _, known = by_file.get(found.file, (None, []))
        one = next((one for one in known if _allows(one, found)), None)
        if one is None:
            rest.append(found)
        else:
            one.used = True
            allowed.append((found, one.reason))
    for rule, known in by_file.values():
        rest.extend(_useless(rule, one) for one in known if not one.used)
    return Judged(tuple(rest), tuple(allowed))


def allowances(text: str) -> list[Allowance]:
    """The allowances of a rule file."""
    found: list[Allowance] = []
    layout: Layout | None = None
    for comment in _COMMENT.finditer(text):
        layout = layout or Layout(text)
        place = Span(comment.start(), comment.end())
        holds = _reach(text, place, layout)
        codes = [code.strip() for code in comment.group(1).split(",")]
        reason = comment.group(2).strip()
        found.extend(Allowance(code, reason, place, holds) for code in codes)
    return found


def _reach(text: str, comment: Span, layout: Layout) -> Span:
    """What a comment holds for."""
    first_table = layout.first_table
    if first_table < 0 or comment.start < first_table:
        return Span(0, len(text) + 1)
    begin = text.rfind("\n", 0, comment.start) + 1
    if not _ALONE.match(text, begin):
        return Span(begin, _line_end(text, comment.end))
    after = _line_end(text, comment.end) + 1
    while after < len(text) and _passes(text, after):
        after = _line_end(text, after) + 1
    starts = [statement.key.start for statement in layout.statements]
    number = bisect_right(starts, _line_end(text, after)) - 1
    if number >= 0 and starts[number] >= after:
        statement = layout.statements[number]
        return Span(after, max(statement.value.end, _line_end(text, after)))
    return Span(after, _line_end(text, after))


def _passes(text: str, at: int) -> bool:
    """Whether the line that begins there is empty or a comment."""
    return bool(_ALONE.match(text, at)) or not text[at : _line_end(text, at)].strip()


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _allows(one: Allowance, found: Diagnostic) -> bool:
    if one.code != found.code or found.severity is Severity.ERROR:
        return False
    if found.span.start < 0:
        return one.holds.start == 0
    return one.holds.start <= found.span.start <= one.holds.end


def _useless(rule: Rule, one: Allowance) -> Diagnostic:
    known = one.code in CODES
    return Diagnostic(
        "LINT001",
        f"`{one.code}` is allowed here, but does not occur"
        if known
        else f"there is no code `{one.code}` to allow",
        Severity.WARNING,
        one.comment,
        hint="take the comment out" if known else did_you_mean(near(one.code, CODES, 1)),
        file=rule.origin.file,
        text=rule.origin.text,
        rule_id=rule.id,
    )
