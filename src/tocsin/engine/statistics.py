"""What a run counted: nothing that was left out, failed or never came stays silent."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tocsin.inputs.report import Reject


@dataclass(slots=True)
class Seconds:
    """Wall-clock seconds of each stage of a run."""

    load: float = 0.0
    compile: float = 0.0
    read: float = 0.0
    match: float = 0.0
    total: float = 0.0


@dataclass(slots=True)
class Remembered:
    """What rules remember, and what they had to forget.

    In any run: ``records``, hits of stages that are joined or counted, one for each key;
    ``sights``, of terms that may be new; ``rows`` that rules in ES|QL looked at; all of them
    waited for the end of the input, in ``waiting`` bytes.
    ``events``, ``rules``, ``terms``, ``windows``: kept for the next run, in ``bytes``.
    ``evicted``: open sequences, counted events and windows that were dropped to bound memory, so
    that alerts may be missing; ``capped``: hits of events with so many values that not all were
    looked at; ``forgotten``: terms that are new again. ``dropped``: what an earlier run kept and
    these rules cannot use: ``(rule id, name, reason)``.
    """

    records: int = 0
    sights: int = 0
    rows: int = 0
    waiting: int = 0
    events: int = 0
    rules: int = 0
    terms: int = 0
    windows: int = 0
    bytes: int = 0
    evicted: int = 0
    capped: int = 0
    forgotten: int = 0
    dropped: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, other: Remembered) -> None:
        """Add the counts of another run over the same rules and state."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_json(self) -> dict[str, Any]:
        """The counts as one JSON object."""
        counts = {name: getattr(self, name) for name in self.__slots__ if name != "dropped"}
        return {**counts, "dropped": _named(self.dropped)}


@dataclass(slots=True)
class Statistics:
    """The counts of one run; ``as_json`` gives the object that ``--stats`` writes.

    ``events`` are the accepted ones, ``bytes`` are decompressed. ``unsupported`` and ``invalid``
    name rules: ``(rule id, name, reason)``; ``cannot_match``: ``(rule id, missing fields)``.
    """

    events: int = 0
    rejected: int = 0
    repeated: int = 0
    late: int = 0
    outside: int = 0
    history: int = 0
    history_rejected: int = 0
    history_rejects: list[Reject] = field(default_factory=list)
    """The first of what was rejected among the events of the past."""
    bytes: int = 0
    alerts: int = 0
    building_block_alerts: int = 0
    suppressed: int = 0
    unrouted: int = 0
    candidate_pairs: int = 0
    residual_pairs: int = 0
    new_words: int = 0
    memo_resets: int = 0
    stage_hits: int = 0
    spilled_bytes: int = 0
    indicators: dict[str, int] = field(default_factory=dict)
    indicator_rejects: list[Reject] = field(default_factory=list)
    without_indicators: int = 0
    unused: list[tuple[str, str]] = field(default_factory=list)
    """Inputs of the call that no rule asks for, by option, with the reason."""
    rules_loaded: int = 0
    rules_compiled: int = 0
    unsupported: list[tuple[str, str, str]] = field(default_factory=list)
    invalid: list[tuple[str, str, str]] = field(default_factory=list)
    cannot_match: list[tuple[str, list[str]]] = field(default_factory=list)
    inputs: list[tuple[str, str]] = field(default_factory=list)
    alerts_by_rule: dict[str, int] = field(default_factory=dict)
    state: Remembered = field(default_factory=Remembered)
    seconds: Seconds = field(default_factory=Seconds)
    interrupted: bool = False
    reference: dict[str, dict[str, Any]] | None = None
    """By rule id, how the alerts of the reference's clock differ; None in event time."""

    def as_json(self) -> dict[str, Any]:
        """The run as one JSON object."""
        counts: dict[str, Any] = {
            name: getattr(self, name)
            for name in (
                "events",
                "rejected",
                "repeated",
                "late",
                "outside",
                "history",
                "history_rejected",
                "bytes",
                "alerts",
                "building_block_alerts",
                "suppressed",
                "unrouted",
                "candidate_pairs",
                "residual_pairs",
                "new_words",
                "memo_resets",
                "stage_hits",
                "spilled_bytes",
                "interrupted",
            )
        }
        if self.reference is not None:
            counts["reference"] = self.reference
        return {
            **counts,
            "rules": {
                "loaded": self.rules_loaded,
                "compiled": self.rules_compiled,
                "unsupported": _named(self.unsupported),
                "invalid": _named(self.invalid),
                "cannot_match": [
                    {"rule_id": rule_id, "fields": fields} for rule_id, fields in self.cannot_match
                ],
            },
            "state": self.state.as_json(),
            "indicators": self.indicators,
            "unused": [{"option": option, "reason": reason} for option, reason in self.unused],
            "alerts_by_rule": dict(sorted(self.alerts_by_rule.items())),
            "unreadable": [{"input": name, "reason": reason} for name, reason in self.inputs],
            "seconds": {
                name: round(getattr(self.seconds, name), 6)
                for name in ("load", "compile", "read", "match", "total")
            },
            "peak_rss_mb": round(peak_memory() / (1 << 20), 1),
        }


def _named(rows: list[tuple[str, str, str]]) -> list[dict[str, str]]:
    return [{"rule_id": rule_id, "name": name, "reason": reason} for rule_id, name, reason in rows]


def peak_memory() -> int:
    """The most memory this process has held, in bytes; 0 where the system does not tell."""
    try:
        # on Linux ru_maxrss survives exec and may be a large parent's
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        return _peak_of_unix()


def _peak_of_unix() -> int:
    try:
        import resource  # noqa: PLC0415 - Unix only
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
