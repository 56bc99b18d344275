"""Diagnostics as SARIF 2.1.0, which code hosts show beside the lines of a change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from tocsin import __version__
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.diagnostics.codes import CODES
from tocsin.diagnostics.span import line_and_column

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif(
    diagnostics: Sequence[Diagnostic], allowed: Sequence[tuple[Diagnostic, str]] = ()
) -> dict[str, Any]:
    """A SARIF log of one run; what comments allow, with their reasons, counts as suppressed."""
    codes = {found.code for found in (*diagnostics, *(found for found, _ in allowed))}
    driver = {
        "name": "Tocsin",
        "version": __version__,
        "rules": list(_rules(sorted(codes))),
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            *map(_result, diagnostics),
            *({**_result(found), "suppressions": [_kept(why)]} for found, why in allowed),
        ],
    }
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }


def _kept(why: str) -> dict[str, str]:
    return {"kind": "inSource", **({"justification": why} if why else {})}


def _rules(codes: Iterable[str]) -> Iterable[dict[str, Any]]:
    """The codes that occur, as SARIF's rules."""
    for name in codes:
        code = CODES.get(name)
        told = {"id": name}
        if code is None:
            yield told
        else:
            yield {
                **told,
                "shortDescription": {"text": code.title},
                "fullDescription": {"text": code.explanation},
            }


def _result(found: Diagnostic) -> dict[str, Any]:
    text = "; ".join(filter(None, (found.message, found.label, found.hint)))
    result: dict[str, Any] = {
        "ruleId": found.code,
        "level": _LEVELS[found.severity],
        "message": {"text": text},
    }
    if found.file:
        place: dict[str, Any] = {"artifactLocation": {"uri": quote(found.file)}}
        if found.span.start >= 0 and found.text:
            place["region"] = _region(found)
        result["locations"] = [{"physicalLocation": place}]
    if found.rule_id:
        result["properties"] = {"rule_id": found.rule_id}
    return result


def _region(found: Diagnostic) -> dict[str, int]:
    line, column = line_and_column(found.text, found.span.start, found.begins)
    end = max(found.span.end, found.span.start + 1)
    last_line, last_column = line_and_column(found.text, min(end, len(found.text)), found.begins)
    return {
        "startLine": line,
        "startColumn": column,
        "endLine": last_line,
        "endColumn": last_column,
    }
