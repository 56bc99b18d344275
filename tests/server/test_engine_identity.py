"""An engine's folder knows who the engine is."""

from __future__ import annotations

import pytest

from tocsin.server.identity import FILE, identity
from tocsin.store.error import StoreError


def test_a_folder_keeps_its_identity(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    known = identity(tmp_path / "one")
    assert identity(tmp_path / "one") == known
    assert identity(tmp_path / "two") != known
    assert [file.name for file in (tmp_path / "one").iterdir()] == [FILE]


@pytest.mark.parametrize("content", ["", "main", "a" * 31, "../x"])
def test_what_is_no_identity_is_told(tmp_path, content):
    (tmp_path / FILE).write_text(content)
    with pytest.raises(StoreError, match="holds no engine's identity"):
        identity(tmp_path)
