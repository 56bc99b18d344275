"""Outcomes of cases as JUnit's XML, which CI servers read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from tocsin.diagnostics import Diagnostic
from tocsin.diagnostics.render import render

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML file may hold, escaped or not."""


class Suite:
    """The cases of one rule: names with what went wrong, line by line (empty: nothing)."""

    def __init__(self, name: str, label: str) -> None:
        self.name = name
        self.label = label
        self.cases: list[tuple[str, str, Sequence[str]]] = []
        self.errors: list[Diagnostic] = []

    def add(self, name: str, problem: str = "", lines: Sequence[str] = ()) -> None:
        """Take the outcome of a case."""
        self.cases.append((name, problem, lines))

    @property
    def failures(self) -> int:
        """Cases that failed."""
        return sum(bool(problem) for _, problem, _ in self.cases)


def junit(suites: Iterable[Suite]) -> str:
    """The XML of all suites."""
    suites = list(suites)
    tests = sum(len(suite.cases) + len(suite.errors) for suite in suites)
    failures = sum(suite.failures for suite in suites)
    errors = sum(len(suite.errors) for suite in suites)
    head = f'<testsuites name="tocsin" {_counts(tests, failures, errors)}>'
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', head]
    for suite in suites:
        counts = _counts(len(suite.cases) + len(suite.errors), suite.failures, len(suite.errors))
        parts.append(f"  <testsuite name={_attribute(suite.name)} {counts}>")
        for name, problem, lines in suite.cases:
            parts.extend(_case(suite, name, "failure", problem, lines))
        for found in suite.errors:
            parts.extend(
                _case(suite, found.file or "cases", "error", found.message, [render(found)])
            )
        parts.append("  </testsuite>")
    parts.append("</testsuites>")
    return "\n".join(parts) + "\n"


def _case(suite: Suite, name: str, kind: str, problem: str, lines: Sequence[str]) -> Iterable[str]:
    opening = f"    <testcase classname={_attribute(suite.label)} name={_attribute(name)}"
    if not problem:
        yield f"{opening}/>"
        return
    yield f"{opening}>"
    told = escape(_clean("\n".join(lines)))
    yield f"      <{kind} message={_attribute(problem)}>{told}</{kind}>"
    yield "    </testcase>"


def _counts(tests: int, failures: int, errors: int) -> str:
    return f'tests="{tests}" failures="{failures}" errors="{errors}"'


def _attribute(text: str) -> str:
    return quoteattr(_clean(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _clean(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: f"\\u{{{ord(found.group()):x}}}", text)
