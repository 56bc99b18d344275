"""Alerts of several events each, sequences and samples, joined from ready pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import orjson

from tocsin.alerts.finding import Excerpt, Finding
from tocsin.alerts.iso import iso
from tocsin.alerts.kept import Kept
from tocsin.alerts.reasons import WHY

_OPTIONS = orjson.OPT_NON_STR_KEYS
_STAGES = 1 << 20
"""More than any rule has."""


class Frame(NamedTuple):
    """What is the same in all alerts of a rule."""

    block: bytes
    """The sentence's end, as it stands within a JSON string, members of each building block, its
    closing brace and a comma."""
    same: bytes
    """The sentence's end, and members of the document."""
    rule: bytes
    """The members that tell of the rule, and the closing brace."""


class Part(NamedTuple):
    """What is the same for all events of a stage of a rule that have the same values."""

    stream: bytes
    """The name of the event's data stream, JSON; empty if it says that the event is an alert."""
    why: bytes
    """The clauses that held, JSON objects with commas between."""


class Groups:
    """Writes alerts of several events.

    Parameters
    ----------
    frame
        The frame of a rule, by its number.
    part
        The part for a rule's number, a stage, and the values of an `Excerpt`.
    """

    def __init__(
        self, frame: Callable[[int], Frame], part: Callable[[int, int, bytes], Part]
    ) -> None:
        self._make_frame = frame
        self._make_part = part
        self._frames: dict[int, Frame] = {}
        self._parts: Kept[Part] = Kept()

    def line(self, finding: Finding, excerpt: Excerpt) -> bytes | None:
        """The alert as a line of JSON, without the line's end; None if that takes more."""
        rule, group, at, events, keys, extra, _ = finding
        if extra and WHY in extra:
            return None
        frame = self._frames.get(rule)
        if frame is None:
            frame = self._frames[rule] = self._make_frame(rule)
        ancestors: list[str] = []
        references: list[str] = []
        reasons: list[bytes] = []
        blocks: list[bytes] = []
        head = f'","kibana.alert.uuid":"{group}'
        rest = (
            '","kibana.alert.building_block_type":"default",'
            f'"kibana.alert.group.id":"{group}","kibana.alert.group.index":'
        )
        times: list[int] = []
        for stage, event in enumerate(events):
            if event is None:
                continue
            turn = len(times)
            stream, why = self._part(rule, stage, excerpt[2 * turn])
            name, index_name, event_time, number, _, _, _ = event
            if not stream:
                return None
            index = (orjson.dumps(index_name) if index_name else stream).decode()
            name_json = orjson.dumps(name).decode()
            time = iso(event_time)
            ancestor = f'{{"id":{name_json},"type":"event","index":{index},"depth":0}}'
            ancestors.append(ancestor)
            references.append(
                f'{{"id":{name_json},"index":{index},"timestamp":"{time}","stage":{number}}}'
            )
            if why:
                reasons.append(why)
            blocks += (
                (
                    f'{{"@timestamp":"{time}{head}-{turn}{rest}{turn},'
                    f'"kibana.alert.original_time":"{time}","kibana.alert.ancestors":[{ancestor}],'
                ).encode(),
                excerpt[2 * turn + 1],
                frame.block,
            )
            times.append(event_time)
        beginning = (
            f'{{"@timestamp":"{iso(at)}{head}",'
            f'"kibana.alert.original_time":"{iso(max(times))}",'
            f'"kibana.alert.ancestors":[{",".join(ancestors)}],'
            f'"tocsin.events":[{",".join(references)}],'
            f'"kibana.alert.group.id":"{group}","tocsin.why":['
        )
        blocks[-1] = blocks[-1][:-1]
        return b"".join(
            (
                beginning.encode(),
                b",".join(reasons),
                b'],"tocsin.join_keys":',
                orjson.dumps(keys, option=_OPTIONS),
                b',"tocsin.building_blocks":[',
                *blocks,
                b"],",
                orjson.dumps(extra, option=_OPTIONS)[1:-1] + b"," if extra else b"",
                excerpt[-1],
                frame.same,
                frame.rule,
            )
        )

    def _part(self, rule: int, stage: int, values: bytes) -> Part:
        key = (rule * _STAGES + stage, values)
        part = self._parts.get(key)
        if part is None:
            part = self._make_part(rule, stage, values)
            self._parts.keep(key, part, len(part.why))
        return part
