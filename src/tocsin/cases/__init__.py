"""Test cases of rules: events that must and must not fire them, in files beside the rules."""

from tocsin.cases.case import Case
from tocsin.cases.find import case_files, cases_of, orphans
from tocsin.cases.run import Outcome, run_case

__all__ = ["Case", "Outcome", "case_files", "cases_of", "orphans", "run_case"]
