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
    Column("number", BigInteger),  # and of the last change by anybody
    Column("status", Text),
    Column("reason", Text),
    Column("status_at", BigInteger),
)

document = Table(
    "document",
    METADATA,
    Column("alert", BigInteger, primary_key=True),
    Column("content", LargeBinary),
)

label = Table(
    "label",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("timestamp", BigInteger, primary_key=True),
    Column("alert", BigInteger, primary_key=True),
)
"""What an alert is found by and may have several of: hosts, users, tactics, tags, assignees."""

cursor = Table(
    "cursor",
    METADATA,
    Column("sink", Text, primary_key=True),
    Column("number", BigInteger),
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
