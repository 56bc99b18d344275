"""Disks that answer at once."""

import pytest

from tocsin.journal import disk


@pytest.fixture
def unsynced(monkeypatch):
    monkeypatch.setattr(disk, "sync", lambda file: None)
    monkeypatch.setattr(disk, "sync_folder", lambda folder: None)
