"""The tables as they are now, for questions. `tocsin.store.migrations` makes them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

METADATA = MetaData()

meta = Table("meta", METADATA, Column("name", Text, primary_key=True), Column("value", Text))

counter = Table("counter", METADATA, Column("number", BigInteger))
"""One row: the outbox number that was given last."""

engine = Table(
    "engine",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger),
)

snapshot = Table(
    "snapshot",
    METADATA,
    Column("engine", Text, primary_key=True),
    Column("part", BigInteger, primary_key=True),
    Column("position", BigInteger),
    Column("version", BigInteger),
    Column("content", LargeBinary),
)

alert = Table(
    "alert",
    METADATA,
    Column("key", BigInteger, primary_key=True),  # the outbox number it came with
    Column("id", Text),
    Column("rule_id", Text),
    Column("rule_name", Text),
    Column("severity", SmallInteger),
    Column("risk_score", Double),
    Column("timestamp", BigInteger),
    Column("building_block", Boolean),
    Column("digest", LargeBinary),
    Column("written", BigInteger),  # the outbox number of the engine's last change
    Column("triaged", BigInteger),  # that of people's last change, 0: none yet
    Column("number", BigInteger),  # that of the last change of all
    Column("status", Text),
    Column("reason", Text),
    Column("status_at", BigInteger),
)

document = Table(
    "document",
    METADATA,
    Column("alert", BigInteger, primary_key=True),
    Column("content", LargeBinary),
    Column("part", BigInteger),  # the part of a rule that the content is without
)

rule_part = Table(
    "rule_part",
    METADATA,
    Column("key", BigInteger, primary_key=True),
    Column("name", LargeBinary),  # a hash of the content
    Column("content", LargeBinary),
)
"""What documents say of their rules, which is the same in all alerts of each, and most of them."""

label = Table(
    "label",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("folded", Text, primary_key=True),  # the value without case
    Column("timestamp", BigInteger, primary_key=True),  # the alert's: found values come in order
    Column("alert", BigInteger, primary_key=True),
    Column("value", Text),
)
"""What an alert is found by, and may have several of: see `tocsin.store.label`."""

cursor = Table(
    "cursor",
    METADATA,
    Column("sink", Text, primary_key=True),
    Column("number", BigInteger),
)

note = Table(
    "note",
    METADATA,
    Column("key", BigInteger, primary_key=True),
    Column("alert", BigInteger),
    Column("at", BigInteger),
    Column("actor", Text),
    Column("content", Text),
)

audit = Table(
    "audit",
    METADATA,
    Column("key", BigInteger, primary_key=True),
    Column("at", BigInteger),
    Column("actor", Text),
    Column("action", Text),
    Column("alert", Text),  # its id: the trail outlives the alert
    Column("before", Text),
    Column("after", Text),
)

api_key = Table(
    "api_key",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("hash", LargeBinary),
    Column("scopes", Text),
    Column("created", BigInteger),
    Column("revoked", BigInteger),
)

person = Table(
    "person",
    METADATA,
    Column("folded", Text, primary_key=True),  # the name without case
    Column("name", Text),
    Column("hash", Text),
    Column("role", Text),
    Column("created", BigInteger),
    Column("changed", BigInteger),
)

run = Table(
    "run",
    METADATA,
    Column("key", BigInteger, primary_key=True),
    Column("rule_id", Text),
    Column("first", BigInteger),
    Column("last", BigInteger),
    Column("events", BigInteger),
    Column("alerts", BigInteger),
    Column("seconds", Double),
    Column("at", BigInteger),
    Column("note", Text),
)
