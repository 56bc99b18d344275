"""Archives of rules: as GitHub gives them, damaged, and hostile."""

import gzip
import io
import stat
import struct
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_rules import codes, toml

from tocsin.diagnostics import Severity
from tocsin.rules import archive
from tocsin.rules.load import load
from tocsin.rules.tarball import TarError, is_tar, tar_members

FILES = {
    "rules-main/README.md": b"# rules",
    "rules-main/pyproject.toml": b'[project]\nname = "x"\n',
    "rules-main/rules/a.toml": toml(rule_id="a").encode(),
    "rules-main/rules/deep/b.toml": toml(rule_id="b").encode(),
    "rules-main/rules/_deprecated/c.toml": toml(rule_id="c").encode(),
    "rules-main/etc/version.lock.json": b'{"b": {"version": 5}}',
}


def zipped(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def tarred(files, form=tarfile.PAX_FORMAT, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as made:
        if form == tarfile.PAX_FORMAT:
            made.pax_headers = {"comment": "as GitHub writes the commit"}
        made.addfile(_folder("rules-main"))
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def _folder(name):
    entry = tarfile.TarInfo(name)
    entry.type = tarfile.DIRTYPE
    return entry


def loaded(content, name="rules.bin"):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return load([path])


FORMS = {
    "zip": zipped,
    "zip, stored": lambda files: zipped(files, zipfile.ZIP_STORED),
    "tar.gz": lambda files: tarred(files, mode="w:gz"),
    "tar": tarred,
    "tar, GNU": lambda files: tarred(files, tarfile.GNU_FORMAT),
    "tar, ustar": lambda files: tarred(files, tarfile.USTAR_FORMAT),
}


@pytest.mark.parametrize("form", FORMS)
def test_rules_come_out_of_every_form_whatever_the_file_is_called(form):
    rules = loaded(FORMS[form](FILES))
    assert rules.diagnostics == ()
    assert [(rule.id, rule.version, rule.maturity) for rule in rules] == [
        ("a", 1, "production"),
        ("b", 5, "production"),
        ("c", 1, "deprecated"),
    ]
    assert rules[0].origin.file.endswith("rules.bin/rules-main/rules/a.toml")


@pytest.mark.parametrize("form", ["zip", "tar", "tar, GNU"])
def test_long_and_foreign_names_are_read(form):
    name = "rules/" + "very-long-folder/" * 20 + "größe.toml"
    rules = loaded(FORMS[form]({name: toml().encode()}))
    assert rules[0].origin.file.endswith(name)


@pytest.mark.parametrize("form", FORMS)
def test_names_are_labels_and_lead_nowhere(form, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["../../evil.toml", "/etc/evil.toml", "C:\\evil.toml", "a\x1b[2J.toml"]
    files = {name: toml(rule_id=str(n)).encode() for n, name in enumerate(names)}
    rules = loaded(FORMS[form](files))
    assert len(rules) == 4
    assert list(tmp_path.iterdir()) == []
    assert all(rule.origin.file.isprintable() for rule in rules)


def test_links_and_devices_in_a_tar_are_passed_over():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            entry = tarfile.TarInfo("a.toml")
            entry.type, entry.linkname = kind, "/etc/passwd"
            made.addfile(entry)
        entry = tarfile.TarInfo("b.toml")
        entry.size = len(toml())
        made.addfile(entry, io.BytesIO(toml().encode()))
    rules = loaded(out.getvalue())
    assert len(rules) == 1
    (found,) = rules.diagnostics
    assert (found.code, found.severity) == ("RULE012", Severity.INFO)
    assert found.message.endswith(": passed over 2 links inside it")


def test_links_in_a_zip_are_passed_over():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        entry = zipfile.ZipInfo("a.toml")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(entry, toml())
        made.writestr("b.toml", toml(name="B"))
    rules = loaded(out.getvalue())
    assert [rule.name for rule in rules] == ["B"]
    assert [found.message.partition(": ")[2] for found in rules.diagnostics] == [
        "passed over 1 link inside it"
    ]


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz"])
def test_one_broken_rule_stops_no_other(form):
    files = {"a.toml": b"[rule", "b.toml": toml().encode(), "c.toml": b"\xff\xfe"}
    rules = loaded(FORMS[form](files))
    assert (len(rules), codes(rules)) == (1, ["RULE003", "RULE003"])


def test_an_archive_without_rules_is_told():
    for form in FORMS.values():
        rules = loaded(form({"README.md": b"x", "pyproject.toml": b"[project]\n"}))
        assert codes(rules) == ["RULE011"]


@pytest.mark.parametrize("form", ["tar", "tar.gz"])
def test_what_comes_before_the_end_of_a_cut_archive_is_used(form):
    files = {f"{n}.toml": toml(rule_id=str(n), note=_noise(n)).encode() for n in range(20)}
    content = FORMS[form](files)
    rules = loaded(content[: len(content) // 2])
    assert 0 < len(rules) < 20
    assert codes(rules, "error") == ["RULE002"]


def test_a_cut_zip_is_told():
    content = FORMS["zip"](FILES)
    rules = loaded(content[: len(content) // 2])
    assert (len(rules), "RULE002" in codes(rules)) == (0, True)


def _noise(seed):
    """Text that does not compress well, the same each time."""
    number, out = seed + 1, []
    for _ in range(200):
        number = number * 6364136223846793005 % (1 << 64)
        out.append(f"{number:x}")
    return "".join(out)


def test_a_member_with_a_wrong_checksum_is_told_and_the_others_are_read():
    content = bytearray(zipped({"a.toml": toml(rule_id="a"), "b.toml": toml(rule_id="b")}, 0))
    at = content.index(b"A Rule")
    content[at] = ord("X")
    rules = loaded(bytes(content))
    assert [rule.id for rule in rules] == ["b"]
    assert codes(rules) == ["RULE002"]


def test_an_encrypted_or_strangely_packed_member_is_told():
    content = bytearray(zipped({"a.toml": toml()}))
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    assert codes(loaded(bytes(content))) == ["RULE002"]
    assert codes(loaded(zipped({"a.toml": toml()}, zipfile.ZIP_LZMA))) == ["RULE002"]


def test_a_gzip_bomb_is_refused_before_it_unfolds(monkeypatch):
    monkeypatch.setattr(archive, "FREE", 1 << 20)
    bomb = gzip.compress(b"\0" * (16 << 20), 9)
    with_header = gzip.compress(tarred({"a.toml": toml().encode(), "z.bin": b"\0" * (16 << 20)}), 9)
    assert len(with_header) < 200_000
    rules = loaded(with_header)
    assert (len(rules), codes(rules)) == (1, ["RULE002"])
    assert "unfold" in rules.diagnostics[0].message
    assert codes(loaded(bomb)) == ["RULE002"]


def test_a_zip_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MOST_WANTED", 1 << 20)
    spaces = toml().encode() + b"\n" * 600_000
    rules = loaded(zipped({f"{n}.toml": spaces for n in range(20)}))
    assert codes(rules) == ["RULE002"]
    monkeypatch.setattr(archive, "MOST_MEMBER", 1000)
    assert codes(loaded(zipped({"a.toml": spaces}))) == ["RULE002", "RULE011"]


def test_a_zip_that_lies_about_a_member_s_length_gives_no_more_than_the_bound(monkeypatch):
    monkeypatch.setattr(archive, "MOST_MEMBER", 10_000)
    content = bytearray(zipped({"a.toml": b" " * 1_000_000}))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 5_000)
    assert codes(loaded(bytes(content))) == ["RULE002"]


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_too_many_members_are_refused(form, monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILES", 50)
    files = {f"{n}.txt": b"x" for n in range(100)}
    assert codes(loaded(FORMS[form](files))) == ["RULE002"]


def test_an_extended_header_that_claims_gigabytes_is_refused():
    content = bytearray(tarred({"a" * 200 + ".toml": b"x"}))
    at = content.index(b"././@PaxHeader")
    header = bytearray(content[at : at + 512])
    header[124:136] = b"77777777777\0"
    _sign(header)
    content[at : at + 512] = header
    assert codes(loaded(bytes(content))) == ["RULE002"]


def _sign(header):
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()


@pytest.mark.parametrize(
    "field", [b"-7777777777\0", b"\xff" * 12, b"\x80" + b"\x7f" * 11, b"99999999999\0", b"0x10"]
)
def test_a_member_s_length_that_is_none_or_endless_ends_the_archive(field):
    content = bytearray(tarred({"a.toml": b"x" * 600}, tarfile.USTAR_FORMAT))
    at = content.index(b"a.toml")
    header = bytearray(content[at : at + 512])
    header[124:136] = field.ljust(12, b"\0")
    _sign(header)
    content[at : at + 512] = header
    rules = loaded(bytes(content))
    assert len(rules) == 0
    assert "RULE002" in codes(rules)


@pytest.mark.parametrize(
    "record",
    [b"0 path=x\n", b"99999999999999999999 path=x\n", b"5 =\n", b"x", b"12 path=abc", b"9 pathx\n"],
)
def test_an_extended_header_that_cannot_be_read_ends_the_archive(record):
    header = bytearray(tarfile.TarInfo("x").tobuf(tarfile.USTAR_FORMAT))
    header[124:136] = f"{len(record):011o}\0".encode()
    header[156] = ord("x")
    _sign(header)
    stream = io.BytesIO(bytes(header) + record.ljust(512, b"\0"))
    with pytest.raises(TarError):
        list(tar_members(stream))


@settings(max_examples=40)
@given(st.binary(max_size=2000))
def test_no_bytes_make_loading_raise(content):
    for start in (b"", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08\x00", b"{", b"[rule]\n"):
        loaded(start + content)


@given(st.data())
def test_no_damage_makes_loading_raise(data):
    content = bytearray(FORMS[data.draw(st.sampled_from(sorted(FORMS)))](FILES))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    loaded(bytes(content))


@given(
    st.dictionaries(
        st.text("abc/.é", min_size=1, max_size=150), st.binary(max_size=1500), max_size=5
    )
)
def test_the_tar_reader_reads_what_python_s_tarfile_wrote(files):
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        stream = io.BytesIO(tarred(files, form))
        read = [(member.name, member.read(2000)) for member in tar_members(stream)]
        assert read == list(files.items())


def test_text_is_no_tar():
    assert not is_tar(toml().encode() * 10)
    assert not is_tar(b"\0" * 1024)
    assert is_tar(tarred(FILES)[:512])


@pytest.mark.parametrize("form", [zipped, tarred])
def test_archives_in_an_archive_are_told(form):
    inner = {f"{number}.zip": zipped(FILES) for number in range(2)}
    rules = loaded(form(FILES | inner))
    assert sorted(rule.id for rule in rules) == ["a", "b", "c"]
    (found,) = rules.diagnostics
    assert (found.code, found.severity) == ("RULE012", Severity.INFO)
    assert found.message.endswith(": passed over 2 archives inside it")
