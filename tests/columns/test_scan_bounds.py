"""No read or write leaves its buffer: hostile bytes, with every access checked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_no_kernel_leaves_its_buffers():
    env = {**os.environ, "NUMBA_BOUNDSCHECK": "1"}
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(Path(__file__).with_name("hostile_lines.py"))],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
