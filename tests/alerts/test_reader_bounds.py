"""Whatever bytes an event has, the kernel that reads it for its alert stays in its buffers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_the_reader_does_not_leave_its_buffers():
    tests = Path(__file__).parent
    paths = [str(tests), str(tests.parent), *sys.path]
    env = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(tests / "hostile_events.py")],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
