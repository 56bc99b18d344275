"""Where development material (Elastic's rules, cases, real events) stands, if at all."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason="needs ../shared (Elastic's rules and cases), which a user's clone does not have",
)
