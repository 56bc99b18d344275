"""Measurements, each a process of its own on one core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_SHARED = HERE.parent.parent / "shared" / "elastic-rules.tar.gz"
RULES = str(_SHARED if _SHARED.exists() else HERE.parent / "rules")
"""What is measured with unless something else is named: Elastic's rules where they are, else ours."""


def worker(*arguments: str, **environment: str) -> dict[str, Any]:
    """Run one measurement on one core."""
    command = [sys.executable, "-m", "bench.worker", *arguments]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=HERE.parent,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def median(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The run of median ratio, with the spread of ratios."""
    rows = sorted(rows, key=lambda row: row["ratio"])
    return {**rows[len(rows) // 2], "ratios": [round(row["ratio"], 2) for row in rows]}
