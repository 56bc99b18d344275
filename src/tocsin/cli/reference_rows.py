"""How the alerts of the reference's clock differ from those in event time, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin.cli.happening import safe

_FATES = ("same", "altered", "lost", "doubled", "invented")
_MOST_ROWS = 20
_REASONS = {
    "late": "seen by no run",
    "max_signals": "over max_signals",
    "window": "in no one window",
}


def reference_rows(rows: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """A line of totals, then one for each rule of which anything differs, the worst first.

    Parameters
    ----------
    rows
        By rule id, as `tocsin.engine.statistics.Statistics.reference` has them.
    """
    total = {key: sum(row[key] for row in rows.values()) for key in _FATES}
    told = " · ".join(f"{number:,} {key}" for key, number in total.items())
    yield f"by the reference's clock, against event time: {told}"
    differing = [row for row in rows.values() if any(row[key] for key in _FATES[1:])]
    if not differing:
        return
    yield "".join(f"{key:>9}" for key in _FATES) + "  rule"
    differing.sort(key=lambda row: (-sum(row[key] for key in _FATES[1:]), row["name"]))
    for row in differing[:_MOST_ROWS]:
        line = "".join(f"{row[key]:>9,}" for key in _FATES) + f"  {safe(row['name'])}"
        why = ", ".join(f"{n:,} {_REASONS[key]}" for key, n in row["lost_by_reason"].items())
        yield line + (f" ({why})" if why else "")
    if len(differing) > _MOST_ROWS:
        yield f"          and {len(differing) - _MOST_ROWS:,} more rules"
