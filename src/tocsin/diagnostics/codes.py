"""The table of all codes of diagnostics: EQL, RULE, LINT, three digits each.

To add a code, add a row: here, or to a table of its own for a long family. ``docs/errors.md`` is
written from it by ``tools/make_docs.py``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from tocsin.diagnostics.case_codes import CASE_CODES
from tocsin.diagnostics.eql_codes import EQL_CODES
from tocsin.diagnostics.esql_codes import ESQL_CODES
from tocsin.diagnostics.exception_codes import EXCEPTION_CODES
from tocsin.diagnostics.indicator_codes import INDICATOR_CODES
from tocsin.diagnostics.kql_codes import KQL_CODES
from tocsin.diagnostics.lint_codes import LINT_CODES
from tocsin.diagnostics.lucene_codes import LUCENE_CODES
from tocsin.diagnostics.rule_codes import RULE_CODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.diagnostics.code import Code

ROWS: tuple[Code, ...] = (
    *CASE_CODES,
    *EQL_CODES,
    *ESQL_CODES,
    *EXCEPTION_CODES,
    *INDICATOR_CODES,
    *KQL_CODES,
    *LINT_CODES,
    *LUCENE_CODES,
    *RULE_CODES,
)

CODES: Mapping[str, Code] = MappingProxyType({row.code: row for row in ROWS})
"""All codes by name."""
