"""What a field holds, at which path events carry it, and what was probably meant."""

import csv

import pytest

from shared import SHARED, needs_shared
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

SCHEMA = Schema()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("@timestamp", Kind.DATE),
        ("process.pid", Kind.LONG),
        ("process.name", Kind.KEYWORD),
        ("process.command_line", Kind.WILDCARD),
        ("source.ip", Kind.IP),
        ("process.interactive", Kind.BOOLEAN),
        ("data_stream.dataset", Kind.CONSTANT_KEYWORD),
        ("message", Kind.MATCH_ONLY_TEXT),
        # multi-fields, listed or not
        ("process.name.caseless", Kind.KEYWORD),
        ("process.name.text", Kind.MATCH_ONLY_TEXT),
        ("user.id.caseless", Kind.KEYWORD),
        ("message.keyword", Kind.KEYWORD),
        ("process.pid.text", Kind.UNKNOWN),
        ("nobody.knows.keyword", Kind.KEYWORD),
        ("nobody.knows.text", Kind.UNKNOWN),
        ("process.keyword", Kind.UNKNOWN),
        ("process.pid.keyword", Kind.UNKNOWN),
        # a real field that only looks like a multi-field
        ("process.io.text", Kind.WILDCARD),
        # below other fields
        ("file.pe.imports", Kind.FLATTENED),
        ("file.pe.imports.any.key", Kind.FLATTENED),
        ("file.pe.imports.any.text", Kind.FLATTENED),
        ("file.Ext.code_signature", Kind.NESTED),
        ("file.Ext.code_signature.valid", Kind.NESTED),
        ("file.Ext.code_signature.not.listed", Kind.NESTED),
        ("file.code_signature.valid", Kind.BOOLEAN),
        # families without a list of names
        ("winlog.event_data.TargetUserName", Kind.KEYWORD),
        ("winlog.event_data.Deep.Name", Kind.KEYWORD),
        ("labels.anything", Kind.KEYWORD),
        # numbers, flags and addresses of integrations that only rules in ES|QL name
        ("azure.signinlogs.properties.status.error_code", Kind.LONG),
        ("gen_ai.usage.prompt_tokens", Kind.INTEGER),
        ("okta.security_context.is_proxy", Kind.BOOLEAN),
        ("okta.client.ip", Kind.IP),
        # nobody knows
        ("no.such.field", Kind.UNKNOWN),
        ("process", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
        (".", Kind.UNKNOWN),
    ],
)
def test_kinds(name, kind):
    assert SCHEMA.kind(name) is kind
    assert SCHEMA.kind(name) is kind


@pytest.mark.parametrize(
    ("name", "path", "folded"),
    [
        ("process.name", "process.name", False),
        ("process.name.caseless", "process.name", True),
        ("process.name.text", "process.name", False),
        ("process.command_line.text", "process.command_line", False),
        ("process.io.text", "process.io.text", False),
        ("winlog.event_data.X.keyword", "winlog.event_data.X", False),
        ("file.pe.imports.text", "file.pe.imports.text", False),
        ("process.pid.caseless", "process.pid.caseless", False),
        ("unknown.caseless", "unknown.caseless", False),
        ("unknown.keyword", "unknown", False),
        ("process.keyword", "process.keyword", False),
        ("process.pid.keyword", "process.pid.keyword", False),
        ("keyword", "keyword", False),
        ("caseless", "caseless", False),
        ("text", "text", False),
    ],
)
def test_paths_and_case(name, path, folded):
    assert (SCHEMA.path(name), SCHEMA.folded(name)) == (path, folded)


def test_overrides_go_before_everything():
    schema = Schema(
        {
            "process.pid": "keyword",
            "build": Kind.VERSION,
            "data": "flattened",
            "rows": "nested",
            "process.name.text": "long",
            "file.Ext.code_signature.valid": "boolean",
            "kept.caseless": "keyword",
            "own": "keyword",
        }
    )
    assert schema.kind("process.pid") is Kind.KEYWORD
    assert schema.kind("build") is Kind.VERSION
    assert schema.kind("data.x.y") is Kind.FLATTENED
    assert schema.kind("rows.x") is Kind.NESTED
    assert schema.kind("file.Ext.code_signature.valid") is Kind.BOOLEAN
    assert schema.kind("file.Ext.code_signature.exists") is Kind.NESTED
    assert schema.kind("own.caseless") is Kind.KEYWORD
    assert (schema.path("process.name.text"), schema.kind("process.name.text")) == (
        "process.name.text",
        Kind.LONG,
    )
    assert (schema.path("kept.caseless"), schema.folded("kept.caseless")) == (
        "kept.caseless",
        False,
    )
    assert (schema.path("own.caseless"), schema.folded("own.caseless")) == ("own", True)
    assert SCHEMA.kind("process.pid") is Kind.LONG


def test_a_kind_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match="integerish"):
        Schema({"x": "integerish"})


def test_which_fields_are_mapped():
    assert SCHEMA.is_mapped("whatever")
    strict = Schema({"mine": "long"}, known=frozenset({"process.name"}))
    assert strict.is_mapped("process.name")
    assert strict.is_mapped("process.name.caseless")
    assert strict.is_mapped("mine")
    assert not strict.is_mapped("process.pid")
    assert not strict.is_mapped("process")
    assert not Schema(known=frozenset()).is_mapped("process.name")


def test_suggestions():
    assert SCHEMA.suggest("proces.nam")[0] == "process.name"
    assert SCHEMA.suggest("Host.OS.Type")[0] == "host.os.type"
    assert SCHEMA.suggest("zzzzzzzz") == []
    strict = Schema({"my_field": "long"}, known=frozenset({"user.name"}))
    assert strict.suggest("username") == ["user.name"]
    assert strict.suggest("myfield") == ["my_field"]
    assert strict.suggest("proces.nam") == []


def test_arrays_by_convention():
    assert SCHEMA.holds_many("process.args")
    assert SCHEMA.holds_many("event.category")
    assert not SCHEMA.holds_many("process.name")
    assert not SCHEMA.holds_many("no.such.field")


@needs_shared
def test_the_shipped_table_is_what_the_facts_say():
    with (SHARED / "facts" / "fields.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 3000
    nested = [row["field"] for row in rows if row["kind"] == "nested"]
    for row in rows:
        inside = any(row["field"].startswith(f"{name}.") for name in nested)
        assert SCHEMA.kind(row["field"]) == ("nested" if inside else row["kind"]), row


def test_who_names_a_field_below_another_says_that_it_is_an_object():
    assert Schema({"shop.item": "keyword"}).path("shop.keyword") == "shop.keyword"
    assert Schema({"shop.keyword": "long"}).path("shop.keyword") == "shop.keyword"
    assert Schema({"shop": "text"}).path("shop.keyword") == "shop"
    assert Schema({"shopping": "text"}).path("shop.keyword") == "shop"
