"""A DuckDB database in memory with what pipelines need: macros, functions, bounds.

DuckDB is imported when the first database is made: a run without ES|QL does not pay for it.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tocsin.schema.values import (
    ip_text,
    parse_block,
    parse_time,
    text_of,
    time_text,
    version_key,
)
from tocsin.tables import statistics
from tocsin.tables.computed import (
    cube_root,
    direction,
    hashed,
    hypotenuse,
    lower_of,
    prefix_of,
    scaled,
    text_of_bytes,
    text_of_url,
    upper_of,
)
from tocsin.tables.json_path import json_at
from tocsin.tables.macros import MACROS
from tocsin.tables.patterns import Patterns
from tocsin.tables.quoting import address

if TYPE_CHECKING:
    import duckdb

_POINT = re.compile(r"\s*POINT\s*(?:Z\s*)?\(\s*(\S+)\s+(\S+?)(?:\s+\S+)?\s*\)\s*", re.IGNORECASE)
_PAIR = re.compile(r"\s*(\S+?)\s*,\s*(\S+)\s*")


class Database:
    """One connection; closing it removes its temporary files.

    ``errors``: what statements may raise.

    Parameters
    ----------
    memory
        Bytes that DuckDB may take before it goes to disk.
    """

    def __init__(self, *, memory: int = 512 << 20) -> None:
        import duckdb  # noqa: PLC0415 - half a second that plain runs need not pay

        self.errors: tuple[type[Exception], ...] = (duckdb.Error,)
        self._directory = tempfile.TemporaryDirectory(prefix="tocsin-")
        self.patterns = Patterns()
        self.connection = duckdb.connect(
            config={
                # one thread: sums of decimals come out the same every time
                "threads": 1,
                "memory_limit": f"{memory >> 20}MiB",
                "temp_directory": self._directory.name,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "enable_external_access": True,
            }
        )
        self._define()

    @property
    def directory(self) -> Path:
        """Where temporary files may be put; it goes with the database."""
        return Path(self._directory.name)

    def close(self) -> None:
        """End the connection and remove temporary files."""
        self.connection.close()
        self._directory.cleanup()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a statement's result."""
        return self.connection.execute(sql).fetchall()

    def cursor(self, sql: str) -> duckdb.DuckDBPyConnection:
        """The result of a statement, to be fetched piece by piece."""
        return self.connection.execute(sql)

    def _define(self) -> None:
        text, whole, number = "VARCHAR", "BIGINT", "INTEGER"
        patterns = self.patterns
        self._function("text_of_date", date_text, [whole], text)
        self._function("date_of_text", parse_time_text, [text], whole)
        self._function("text_of_address", address_text, [text], text)
        self._function("address_of_text", address, [text], text)
        self._function("text_of_double", double_text, ["DOUBLE"], text)
        self._function("point_of_text", point_of, [text], text)
        self._function("in_block", in_block, [text, text], "BOOLEAN")
        self._function("version_key", sorted_version, [text], "BLOB")
        self._function("json_at", json_at, [text, text], text)
        self._function("matches_kept", patterns.matches_kept, [number, text], "BOOLEAN")
        self._function("replace_kept", patterns.replace_kept, [number, text, text], text)
        self._function("parts_kept", patterns.parts_kept, [number, text], "VARCHAR[]")
        self._function("lists_kept", patterns.lists_kept, [number, "VARCHAR[]"], "VARCHAR[][]")
        self._function("date_written", patterns.date_written_kept, [number, whole], text)
        self._function("date_read", patterns.date_read_kept, [number, text], whole)
        self._function("cube_root", cube_root, ["DOUBLE"], "DOUBLE")
        self._function("hypotenuse", hypotenuse, ["DOUBLE", "DOUBLE"], "DOUBLE")
        self._function("scaled", scaled, ["DOUBLE", whole], "DOUBLE")
        self._function("lower_of", lower_of, [text], text)
        self._function("upper_of", upper_of, [text], text)
        self._function("hashed", hashed, [text, text], text)
        self._function("text_of_bytes", text_of_bytes, ["BLOB"], text)
        self._function("text_of_url", text_of_url, [text], text)
        self._function("prefix_of", prefix_of, [text, whole, whole], text)
        self._function("direction", direction, [text, text, "VARCHAR[]"], text)
        doubles, longs, double, long = "DOUBLE[]", "HUGEINT[]", "DOUBLE", "HUGEINT"
        self._function("median_of_doubles", statistics.median_of_doubles, [doubles], double)
        self._function("median_of_longs", statistics.median_of_longs, [longs], long)
        self._function("deviation_of_doubles", statistics.deviation_of_doubles, [doubles], double)
        self._function("deviation_of_longs", statistics.deviation_of_longs, [longs], long)
        of_doubles, of_longs = statistics.percentile_of_doubles, statistics.percentile_of_longs
        self._function("percentile_of_doubles", of_doubles, [doubles, double], double)
        self._function("percentile_of_longs", of_longs, [longs, double], long)
        self._function("series_of", statistics.series_of, [doubles, double], double)
        for macro in MACROS:
            self.connection.execute(f"CREATE MACRO {macro}")

    def _function(
        self, name: str, function: Callable[..., object], takes: list[Any], gives: str
    ) -> None:
        create: Any = self.connection.create_function
        create(name, function, takes, gives, null_handling="special")


def date_text(milliseconds: int | None) -> str | None:
    """A date as ISO text."""
    return None if milliseconds is None else time_text(milliseconds * 1_000_000)


def parse_time_text(text: str | None) -> int | None:
    """Milliseconds of a text that is a date; None for others."""
    return None if text is None else parse_time(text)


def address_text(digits: str | None) -> str | None:
    """An address as people write it."""
    return None if digits is None else ip_text(int(digits, 16))


def double_text(value: float | None) -> str | None:
    """A decimal number as Java writes it: with a point, with ``E`` far from 1."""
    if value is None or not math.isfinite(value):
        return None
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    mantissa, _, exponent = f"{value!r}".partition("e")
    if not exponent:
        digits = repr(abs(value)).replace(".", "").strip("0")
        scale = math.floor(math.log10(abs(value)))
        mantissa = f"{'-' if value < 0 else ''}{digits[0]}.{digits[1:] or '0'}"
        return f"{mantissa}E{scale}"
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def point_of(text: str | None) -> str | None:
    """A point as ``POINT (lon lat)``, from that or from ``lat,lon``."""
    if text is None:
        return None
    if found := _POINT.fullmatch(text):
        pair = found[1], found[2]
    elif found := _PAIR.fullmatch(text):
        pair = found[2], found[1]
    else:
        return None
    try:
        lon, lat = float(pair[0]), float(pair[1])
    except ValueError:
        return None
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return None
    return f"POINT ({text_of(lon)} {text_of(lat)})"


def in_block(digits: str | None, block: str | None) -> bool | None:
    """Whether an address lies in a block."""
    found = parse_block(block)
    if digits is None or found is None:
        return None
    return found[0] <= int(digits, 16) <= found[1]


def sorted_version(text: str | None) -> bytes | None:
    """Bytes that order as versions do."""
    if text is None:
        return None
    invalid, key = version_key(text)
    return bytes([invalid]) + key
