"""Elastic's rules, read once for all tests of pages."""

from __future__ import annotations

import pytest

from shared import SHARED
from tocsin.rules.load import load_rules
from tocsin.rules.ruleset import RuleSet


@pytest.fixture(scope="session")
def elastic() -> RuleSet:
    """All of Elastic's rules; only for tests that are marked with `needs_shared`."""
    return load_rules(SHARED / "elastic-rules.tar.gz")
