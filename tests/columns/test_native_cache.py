"""Compiled code is kept in a private place, made anew when its sources change, never in the way."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tocsin.columns import native
from tocsin.columns.native import compiled, ctz, load8, load64

HERE = Path(native.__file__).parent


@compiled
def read(array, index):
    return load8(array, index), load64(array, index), ctz(load64(array, index))


def test_loads_and_counts():
    data = np.arange(1, 40, dtype=np.uint8)
    data[4:8] = 0
    for index in range(30):
        word = int.from_bytes(data[index : index + 8].tobytes(), "little")
        zeros = (word & -word).bit_length() - 1 if word else 64
        assert read(data, index) == (data[index], word, zeros)


@pytest.fixture(autouse=True)
def _forget():
    native.cache_directory.cache_clear()
    yield
    native.cache_directory.cache_clear()


def test_the_given_directory_is_made_private(tmp_path, monkeypatch):
    monkeypatch.setenv("TOCSIN_CACHE_DIR", str(tmp_path / "kept"))
    place = native.cache_directory(HERE)
    assert place.parent == tmp_path / "kept"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_directory_open_to_others_is_closed(tmp_path, monkeypatch):
    monkeypatch.setenv("TOCSIN_CACHE_DIR", str(tmp_path))
    place = native.cache_directory(HERE)
    place.chmod(0o777)
    native.cache_directory.cache_clear()
    assert stat.S_IMODE(native.cache_directory(HERE).stat().st_mode) == 0o700


def test_somebody_elses_directory_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("TOCSIN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(native, "_ours", lambda path: False)
    place = native.cache_directory(HERE)
    assert tmp_path not in place.parents
    assert place.is_dir()


def test_a_home_that_cannot_be_written_costs_only_time(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    monkeypatch.setenv("TOCSIN_CACHE_DIR", str(blocked / "below"))
    assert native.cache_directory(HERE).is_dir()


def test_users_cache_is_found_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.delenv("TOCSIN_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert native.cache_directory(HERE).parent == tmp_path / "tocsin"
    native.cache_directory.cache_clear()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert native.cache_directory(HERE).parent == tmp_path / "home" / ".cache" / "tocsin"


def test_other_sources_have_another_place(tmp_path, monkeypatch):
    monkeypatch.setenv("TOCSIN_CACHE_DIR", str(tmp_path / "kept"))
    folder = tmp_path / "code"
    folder.mkdir()
    kernel = folder / "kernel.py"
    kernel.write_text("from tocsin.columns.native import compiled\n")
    first = native.cache_directory(folder)
    folder.joinpath("other.py").write_text("nothing compiled here\n")
    native.cache_directory.cache_clear()
    assert native.cache_directory(folder) == first
    kernel.write_text("from tocsin.columns.native import compiled\nLIMIT = 2\n")
    native.cache_directory.cache_clear()
    assert native.cache_directory(folder) != first


def test_constants_of_imported_files_count(tmp_path, monkeypatch):
    monkeypatch.setenv("TOCSIN_CACHE_DIR", str(tmp_path / "kept"))
    text = "from tocsin.columns.native import compiled\n"
    places = set()
    for more in ("", "from tocsin.columns.problem import FINE\n"):
        (tmp_path / "kernel.py").write_text(text + more)
        native.cache_directory.cache_clear()
        places.add(native.cache_directory(tmp_path))
    assert len(places) == 2


def test_old_places_are_dropped(tmp_path, monkeypatch):
    monkeypatch.setenv("TOCSIN_CACHE_DIR", str(tmp_path))
    for at in range(native.KEPT_CACHES + 5):
        place = tmp_path / f"old-{at}"
        place.mkdir()
        os.utime(place, (at, at))
    native.cache_directory(HERE)
    left = sorted(place.name for place in tmp_path.iterdir())
    assert len(left) == native.KEPT_CACHES
    assert "old-0" not in left
    assert f"old-{native.KEPT_CACHES + 4}" in left


SCRIPT = """
import sys
import numpy as np
from tocsin.columns.native import compiled, load8
@compiled
def first(array):
    return load8(array, 0) + {plus}
print(first(np.array([40], np.uint8)))
"""


def run(script: Path, cache: Path, **more: str) -> str:
    env = {**os.environ, "TOCSIN_CACHE_DIR": str(cache), **more}
    env.pop("NUMBA_CACHE_DIR", None)
    env |= more
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(script)], env=env, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_damaged_cache_is_made_again(tmp_path):
    script, cache = tmp_path / "script.py", tmp_path / "cache"
    script.write_text(SCRIPT.format(plus=2))
    assert run(script, cache) == "42"
    kept = [file for file in cache.rglob("*") if file.is_file()]
    assert kept
    for file in kept:
        file.write_bytes(b"\x80\x04garbage")
    assert run(script, cache) == "42"


def test_numbas_own_setting_is_respected(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(plus=1))
    assert run(script, tmp_path / "ours", NUMBA_CACHE_DIR=str(tmp_path / "theirs")) == "41"
    assert any(file.is_file() for file in (tmp_path / "theirs").rglob("*"))
    assert not any(file.is_file() for file in (tmp_path / "ours").rglob("*.nb*"))
