"""What every test gets: the tests' own folder on the path, the Hypothesis profiles, quick disks."""

import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile(
    "random", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
# a change is judged by the same examples each time; `make fuzz` looks for new ones
settings.register_profile("tocsin", settings.get_profile("random"), derandomize=True)
settings.load_profile("tocsin")


def pytest_sessionstart():
    """Refuse files of one name, which pytest cannot tell apart and only a whole run would meet."""
    names = Counter(path.name for path in Path(__file__).parent.rglob("test_*.py"))
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise pytest.UsageError(f"several files of tests are called {', '.join(sorted(twice))}")


@pytest.fixture
def unsynced(monkeypatch):
    """Nothing waits for the disk; what a sync would do is not seen without a power cut."""
    from tocsin.journal import disk

    monkeypatch.setattr(disk, "sync", lambda file: None)
    monkeypatch.setattr(disk, "sync_folder", lambda folder: None)
