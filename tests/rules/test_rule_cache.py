"""What is kept between runs, and everything that makes it a miss."""

from __future__ import annotations

import os
import pickle
import sys
from dataclasses import dataclass, field

import pytest
from made_rules import toml

from tocsin.rules import cache
from tocsin.rules.cache import Cache, default_directory
from tocsin.rules.pickled import pickled
from tocsin.rules.sources import read_sources

posix = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes are POSIX's")


@pytest.fixture
def kept(tmp_path):
    found = Cache(tmp_path / "deep" / "cache")
    found.put("key", {"a": [1, 2]})
    return found


def file_of(found):
    (path,) = found._directory.iterdir()
    return path


def test_what_was_put_is_got(kept):
    assert kept.get("key") == {"a": [1, 2]}
    assert kept.get("other") is None
    kept.put("key", 5)
    assert kept.get("key") == 5


@posix
def test_folder_and_files_are_the_owner_s_alone(kept):
    assert kept._directory.stat().st_mode & 0o777 == 0o700
    assert file_of(kept).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("at", [0, 20, 60, -1])
def test_a_changed_byte_is_a_miss(kept, at):
    path = file_of(kept)
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    assert kept.get("key") is None


def test_a_cut_or_empty_file_is_a_miss(kept):
    path = file_of(kept)
    content = path.read_bytes()
    for length in (0, 5, 40, len(content) - 1):
        path.write_bytes(content[:length])
        assert kept.get("key") is None


class Dangerous:
    ran = False

    def __reduce__(self):
        return (setattr, (Dangerous, "ran", True))


def test_a_foreign_pickle_is_never_read(kept):
    file_of(kept).write_bytes(pickle.dumps(Dangerous()))
    assert kept.get("key") is None
    assert Dangerous.ran is False


@posix
@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701, 0o720])
def test_a_folder_that_others_can_enter_is_not_used(kept, mode):
    kept._directory.chmod(mode)
    assert kept.get("key") is None
    kept.put("new", 1)
    kept._directory.chmod(0o700)
    assert kept.get("new") is None
    assert kept.get("key") is not None


@posix
@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_file_that_others_can_touch_is_a_miss(kept, mode):
    file_of(kept).chmod(mode)
    assert kept.get("key") is None


@posix
def test_a_folder_of_another_user_is_not_used(kept, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert kept.get("key") is None
    kept.put("new", 1)
    monkeypatch.undo()
    assert kept.get("new") is None


@posix
def test_links_are_not_followed(kept, tmp_path):
    path = file_of(kept)
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    assert kept.get("key") is None
    (tmp_path / "link").symlink_to(kept._directory)
    assert Cache(tmp_path / "link").get("key") is None


def test_another_version_of_anything_is_a_miss(kept, monkeypatch):
    monkeypatch.setattr(cache, "versions", lambda: "another")
    assert kept.get("key") is None


def test_the_code_itself_is_part_of_the_version():
    assert sys.version in cache.versions()
    assert "numba" in cache.versions()


def test_what_cannot_be_kept_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "deeper", "/dev/null/x", "bad\0name"):
        blocked = Cache(place)
        blocked.put("key", 1)
        assert blocked.get("key") is None
    fine = Cache(tmp_path / "cache")
    fine.put("key", lambda: None)
    assert fine.get("key") is None
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_oldest_go_first(tmp_path):
    small = Cache(tmp_path / "cache", most_bytes=3_500)
    for number in range(3):
        small.put(str(number), bytes(1_000))
        os.utime(
            max(small._directory.iterdir(), key=lambda p: p.stat().st_mtime_ns), (number, number)
        )
    assert small.get("0") is not None
    small.put("3", bytes(1_000))
    assert [small.get(str(number)) is not None for number in range(4)] == [True, False, True, True]
    small.put("big", bytes(5_000))
    assert small.get("big") is None


def test_the_place_is_the_user_s(monkeypatch, tmp_path):
    monkeypatch.setenv("TOCSIN_CACHE_DIR", str(tmp_path / "t"))
    assert default_directory() == tmp_path / "t" / "rules"
    monkeypatch.delenv("TOCSIN_CACHE_DIR")
    if sys.platform != "win32":
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
        assert default_directory() == tmp_path / "x" / "tocsin" / "rules"
        monkeypatch.setenv("XDG_CACHE_HOME", "relative")
        monkeypatch.setenv("HOME", str(tmp_path / "h"))
        assert default_directory() == tmp_path / "h" / ".cache" / "tocsin" / "rules"


def test_the_key_of_a_content_changes_with_every_byte_and_name(tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.toml").write_text(toml())
    (rules / "note.md").write_text("x")
    first = read_sources([rules]).key
    assert read_sources([rules]).key == first
    (rules / "note.md").write_text("y")
    assert read_sources([rules]).key == first
    keys = {first}
    for change in (
        lambda: (rules / "a.toml").write_text(toml(name="B")),
        lambda: (rules / "a.toml").rename(rules / "b.toml"),
        lambda: (rules / "version.lock.json").write_text("{}"),
        lambda: (rules / "c.toml").write_text(""),
    ):
        change()
        keys.add(read_sources([rules]).key)
    keys.add(read_sources([rules / "b.toml", rules / "c.toml"]).key)
    keys.add(read_sources([rules / "c.toml", rules / "b.toml"]).key)
    keys.add(read_sources([tmp_path / "none"]).key)
    keys.add(read_sources([]).key)
    assert len(keys) == 9


@dataclass(frozen=True, slots=True)
class Whole:
    name: str
    part: Part
    parts: tuple[Part, ...] = ()
    note: str = field(default="", compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Part:
    number: int


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


@dataclass(frozen=True, slots=True)
class Odd:
    """Is written in its own way, given afterwards: Python before 3.11.3 replaces what it has."""

    number: int


Odd.__getstate__ = lambda self: self.number
Odd.__setstate__ = lambda self, state: object.__setattr__(self, "number", state + 1)


def test_frozen_objects_come_back_as_they_were(kept):
    part = Part(7)
    value = Whole("a", part, (part, Part(8)), note="b"), Nothing(), Odd(1), [part]
    kept.put("key", value)
    found = kept.get("key")
    assert found == (*value[:2], Odd(2), [part])
    assert found[0].note == "b"
    assert found[0].part is found[0].parts[0] is found[3][0]


def test_plain_pickle_reads_what_is_kept():
    value = [Whole("a", Part(1)), Nothing(), {"b": Part(2)}]
    for content in (pickled(value), pickle.dumps(value)):
        assert pickle.loads(content) == value  # noqa: S301 - our own
