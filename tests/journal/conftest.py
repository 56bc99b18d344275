"""Disks that answer at once, for tests that kill no machine."""

import pytest

from tocsin.journal import disk


@pytest.fixture
def unsynced(monkeypatch):
    """Nothing waits for the disk; what a sync would do is not seen without a power cut."""
    monkeypatch.setattr(disk, "sync", lambda file: None)
    monkeypatch.setattr(disk, "sync_folder", lambda folder: None)
