"""Regular expressions of the source work alike in every Python that is supported."""

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
FAULTY = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+|\(\?>")
"""Possessive and atomic groups: before Python 3.11.5, as Debian has it, they may match wrongly."""

OF_OTHERS = {"grok_library.py"}
"""Patterns that Python's own engine never reads."""


@pytest.mark.parametrize("pattern", [r"(?:a)?+", r"(a|b)*+", r"(?:a)++", r"(a){1,2}+", r"(?>a)"])
def test_such_groups_are_recognised(pattern):
    assert FAULTY.search(pattern)
    assert not FAULTY.search(r"(?:a*+|[^b]++)*(?:c)?\)+")


def test_no_group_is_possessive_or_atomic():
    files = [path for path in SOURCE.rglob("*.py") if path.name not in OF_OTHERS]
    assert len(files) > 100
    found = [str(path) for path in files if FAULTY.search(path.read_text(encoding="utf-8"))]
    assert found == []
