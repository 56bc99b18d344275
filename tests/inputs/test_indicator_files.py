"""Files of indicators: NDJSON, CSV and STIX, plain or compressed, read and read again."""

import gzip
import json

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tocsin.columns.cells import FieldSet
from tocsin.inputs.indicators import read_indicators
from tocsin.inputs.indicators.stix_pattern import PatternError, compared_values


def read(*given):
    """The documents, as they are read at first and once more, and the events themselves."""
    events = read_indicators(given)
    found = []
    for batch in events.batches(FieldSet(())):
        found += [
            (batch.place(row), batch.identity(row), orjson.loads(batch.event(row)))
            for row in range(len(batch))
        ]
    again = [orjson.loads(event) for _, event in events.read_again([place for place, *_ in found])]
    assert again == [document for *_, document in found]
    return [document for *_, document in found], [identity for _, identity, _ in found], events


DOCUMENTS = [{"threat": {"indicator": {"ip": "192.0.2.1"}}}, {"threat.indicator.ip": "::1"}]


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress], ids=["", "gz", "zst"]
)
def test_json_lines_plain_and_compressed(tmp_path, pack):
    path = tmp_path / "indicators"
    path.write_bytes(pack(b"".join(orjson.dumps(one) + b"\n" for one in DOCUMENTS)))
    assert read(path)[0] == DOCUMENTS


def test_mappings_and_files_together(tmp_path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps(DOCUMENTS[0]))
    assert read(DOCUMENTS[1], path)[0] == DOCUMENTS


def test_exported_hits_keep_their_names(tmp_path):
    path = tmp_path / "hits.ndjson"
    path.write_text(json.dumps({"_index": "logs-ti_x", "_id": "a", "_source": DOCUMENTS[0]}))
    found, identities, _ = read(path)
    assert (found, identities) == ([DOCUMENTS[0]], [("logs-ti_x", "a")])


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_has_fields_or_words_in_its_header(tmp_path, mark):
    rows = [
        ["# a comment"],
        ["threat.indicator.ip", "SHA256 hash", "first_seen", "own"],
        ["192.0.2.1", "", "2026-08-01T00:00:00Z", '"a b"'],
        ["", "abc", "", ""],
        ["", "", "", ""],
        ["1", "2", "3", "4", "5"],
    ]
    path = tmp_path / "feed.csv"
    path.write_text("\ufeff" + "\r\n".join(mark.join(row) for row in rows))
    found, _, events = read(path)
    assert found == [
        {
            "threat.indicator.ip": "192.0.2.1",
            "threat.indicator.first_seen": "2026-08-01T00:00:00Z",
            "own": "a b",
        },
        {"threat.indicator.file.hash.sha256": "abc"},
    ]
    (reject,) = events.refused.rejects
    assert (reject.line, reject.reason) == (6, "5 cells in a row, and 4 columns")


THREATS = """\
################################################################
# indicators of somebody                                       #
#
# "first_seen_utc","ioc_id","ioc_value","ioc_type"
"2026-01-01 10:00:00", "7", "192.0.2.1:443", "ip:port"
"2026-01-01 11:00:00", "8", "evil.test", "domain"
# Number of entries: 2
"""


def test_csv_whose_header_is_a_comment(tmp_path):
    path = tmp_path / "feed.csv"
    path.write_text(THREATS)
    found, _, events = read(path)
    assert events.refused.rejects == []
    told = ["threat.indicator.ip", "threat.indicator.url.domain"]
    assert [document[field] for document, field in zip(found, told, strict=True)] == [
        "192.0.2.1",
        "evil.test",
    ]
    assert found[0]["first_seen_utc"] == "2026-01-01 10:00:00"


@pytest.mark.parametrize(
    ("text", "line", "value"),
    [
        ("192.0.2.1\n192.0.2.2\n", 1, "192.0.2.1"),
        ("# a list\n\n2001:db8::1,x\n", 3, "2001:db8::1"),
        ("# url\nbad,http://evil.test/a\n", 2, "http://evil.test/a"),
        ("# x,y,2026\n" + "ab" * 16 + ",a,b\n", 2, "ab" * 16),
    ],
)
def test_csv_without_a_header_is_told(tmp_path, text, line, value):
    path = tmp_path / "feed.csv"
    path.write_text(text)
    found, _, events = read(path)
    assert found == []
    (reject,) = events.refused.rejects
    assert reject.line == line
    assert reject.reason.startswith(f"`{value}` names no field: ")


def stix(*objects, **more):
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": list(objects), **more})


def indicator(pattern, number=1, **more):
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{number}",
        "created": "2026-08-01T00:00:00Z",
        "modified": "2026-08-02T00:00:00Z",
        "valid_from": "2026-08-01T00:00:00Z",
        "pattern_type": "stix",
        "pattern": pattern,
        **more,
    }


def test_a_bundle_of_stix(tmp_path):
    path = tmp_path / "bundle.json"
    author = {"type": "identity", "id": "identity--1", "name": "Us"}
    path.write_text(
        stix(
            author,
            indicator(
                "[ipv4-addr:value = '192.0.2.1' OR ipv4-addr:value = '198.51.100.0/24']",
                created_by_ref="identity--1",
                confidence=80,
                valid_until="2026-09-01T00:00:00Z",
            ),
            indicator("[file:hashes.'SHA-256' = 'ab' AND file:name = 'x.exe']", 2, revoked=True),
            indicator("[file:hashes.'SHA-256' = 'ab' AND file:name = 'x.exe']", 3),
            indicator("alert tcp any", 4, pattern_type="snort"),
            indicator("[process:name = 'x']", 5),
            indicator("[url:value", 6),
            {"type": "malware", "id": "malware--1"},
        )
    )
    found, identities, events = read(path)
    first, second = found
    assert identities == [("", "indicator--1"), ("", "indicator--3")]
    assert first == {
        "@timestamp": "2026-08-02T00:00:00Z",
        "threat.feed.name": "Us",
        "threat.indicator.type": "ipv4-addr",
        "threat.indicator.first_seen": "2026-08-01T00:00:00Z",
        "threat.indicator.modified_at": "2026-08-02T00:00:00Z",
        "threat.indicator.confidence": 80,
        "threat.indicator.provider": "Us",
        "threat.indicator.valid_until": "2026-09-01T00:00:00Z",
        "threat.indicator.ip": ["192.0.2.1", "198.51.100.0/24"],
    }
    assert second["threat.indicator.file.hash.sha256"] == "ab"
    assert second["threat.indicator.file.name"] == "x.exe"
    assert [reject.line for reject in events.refused.rejects] == [5, 6, 7]


def test_documents_that_hold_a_bundle_are_documents(tmp_path):
    path = tmp_path / "documents.ndjson"
    one = {"raw": {"type": "bundle", "objects": []}, "threat.indicator.ip": "::1"}
    path.write_text(json.dumps(one) + "\n" + json.dumps(one) + "\n")
    assert read(path)[0] == [one, one]


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("[a:b = 'x']", [("a:b", "x")]),
        ("[ a:b='x' ]", [("a:b", "x")]),
        ("[a:b IN ('x', 'y')]", [("a:b", "x"), ("a:b", "y")]),
        ("[a:b.c[0].'D-1' = 'x']", [("a:b.c.D-1", "x")]),
        ("[a:b = 5 AND a:c = 'it\\'s']", [("a:b", "5"), ("a:c", "it's")]),
        (
            "([a:b = 'x'] OR [a:c = 'y']) FOLLOWEDBY [a:d = 'z'] WITHIN 5 SECONDS",
            [("a:b", "x"), ("a:c", "y"), ("a:d", "z")],
        ),
        (
            "[a:b != 'x' AND a:c NOT = 'y' AND a:d LIKE 'z%' AND a:e > 5 AND a:f = 'w']",
            [("a:f", "w")],
        ),
        ("[a:b = 'x'] START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'", [("a:b", "x")]),
    ],
)
def test_values_of_patterns(pattern, values):
    assert compared_values(pattern) == values


@pytest.mark.parametrize(
    ("pattern", "field", "value"),
    [
        ("[ipv4-addr:value ISSUBSET '10.0.0.0/8']", "ip", "10.0.0.0/8"),
        ("[file:hashes.\"SHA-256\" = 'ab']", "file.hash.sha256", "ab"),
        ("[file:hashes.MD5 = 'AbC']", "file.hash.md5", ["AbC", "abc"]),
        ('[domain-name:value = "evil.test"]', "url.domain", "evil.test"),
    ],
)
def test_patterns_as_feeds_write_them(tmp_path, pattern, field, value):
    path = tmp_path / "one.json"
    path.write_text(stix(indicator(pattern)))
    ((document,), *_) = read(path)
    assert document[f"threat.indicator.{field}"] == value


@pytest.mark.parametrize("form", ["object", "array", "lines", "envelope"])
def test_stix_without_a_bundle(tmp_path, form):
    """As TAXII servers and exports give it."""
    first, second = (indicator(f"[ipv4-addr:value = '192.0.2.{n}']", n) for n in (1, 2))
    bad = {**indicator("alert tcp any", 3), "pattern_type": "snort"}
    text = {
        "object": json.dumps(first),
        "array": json.dumps([first, second, bad]),
        "lines": "\n".join(json.dumps(one) for one in (first, second, bad, DOCUMENTS[0])),
        "envelope": json.dumps({"more": False, "objects": [first, second, bad]}),
    }[form]
    path = tmp_path / "stix.json"
    path.write_text(text)
    found, _, events = read(path)
    addresses = [one["threat.indicator.ip"] for one in found if "threat.indicator.ip" in one]
    assert addresses == ["192.0.2.1", "192.0.2.2"][: 1 if form == "object" else 2]
    assert [one for one in found if "threat" in one] == (DOCUMENTS[:1] if form == "lines" else [])
    assert [one.line for one in events.refused.rejects] == ([] if form == "object" else [3])


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("IPv4", "ip", "192.0.2.1"),
        ("ipv4-addr", "ip", "10.0.0.0/8"),
        ("ip-dst", "ip", "::1"),
        ("hostname", "url.domain", "evil.test"),
        ("FileHash-SHA256", "file.hash.sha256", "ab"),
        ("URL", "url.original", "http://evil.test/a"),
        ("URL", "url.full", "http://evil.test/a"),
        ("email-src", "email.address", "x@evil.test"),
    ],
)
def test_csv_whose_rows_tell_their_type(tmp_path, kind, field, value):
    path = tmp_path / "feed.csv"
    path.write_text(f"indicator,type,description\n{value},{kind},one\n")
    ((document,), *_) = read(path)
    assert document[f"threat.indicator.{field}"] == value
    assert document["threat.indicator.type"] == kind


def test_csv_of_addresses_of_pages_is_for_both_fields(tmp_path):
    path = tmp_path / "feed.csv"
    path.write_text("url\nhttp://evil.test/a\n")
    ((document,), *_) = read(path)
    assert document == {
        "threat.indicator.url.full": "http://evil.test/a",
        "threat.indicator.url.original": "http://evil.test/a",
    }


@pytest.mark.parametrize(
    "pattern", ["", "a:b = 'x'", "[a:b]", "[a:b = ]", "[a:b = 'x", "[a:b @ 1]"]
)
def test_what_is_no_pattern(pattern):
    with pytest.raises(PatternError):
        compared_values(pattern)


def test_what_is_not_there_is_a_problem(tmp_path):
    events = read_indicators([tmp_path / "none.csv", "-"])
    assert [problem.reason for problem in events.problems] == [
        "there is no such file",
        "indicators are read from files, not from standard input",
    ]


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    path = tmp_path / "feed.csv"
    path.write_text("ip\n::1\n")
    assert read(path)[0] == [{"threat.indicator.ip": "::1"}]
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("name", ["a.ndjson", "a.parquet"])
def test_a_copy_is_held_of_what_may_be_written_anew(tmp_path, name):
    feed = tmp_path / name
    documents = [{"threat": {"indicator": {"ip": f"10.0.0.{n}"}}} for n in range(3)]
    if name == "a.parquet":
        pq.write_table(pa.Table.from_pylist(documents), feed)
    else:
        feed.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in documents))
    found = read_indicators([feed], held=True)
    feed.write_bytes(b"{}\n" * 1_000)
    assert [dict(one) for one in found] == documents
    places = [batch.place(row) for batch in found.batches(FieldSet(())) for row in range(3)]
    assert [orjson.loads(one) for _, one in found.read_again(places)] == documents
    assert found.problems == []
