"""What went wrong, where, and what to do about it. A diagnostic is a value, never a print."""

from tocsin.diagnostics.diagnostic import Diagnostic, Severity
from tocsin.diagnostics.span import NOWHERE, Span

__all__ = ["NOWHERE", "Diagnostic", "Severity", "Span"]
