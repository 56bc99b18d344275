"""What machines leave open as JSON, with the events that take part in it numbered.

In a state that was read, a reference to an event is ``{"ref": [number, arrival, time]}``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from tocsin.engine.carried import CARRIED
from tocsin.match.replay import EventRef
from tocsin.plan.plan import Plan, ThresholdPlan

SAMPLE = 10
"""Events of a threshold that are kept whole, the last ones; of the others only the names are."""

REF = "ref"


class OpenEvents:
    """The events of all that is open, each with a number."""

    def __init__(self) -> None:
        self.states: dict[int, bytes] = {}
        """By rule, the state of its machine as JSON."""
        self._numbers: dict[tuple[int, int], int] = {}
        self._whole: set[tuple[int, int]] = set()
        self._streams: set[tuple[int, int]] = set()

    def __len__(self) -> int:
        return len(self._numbers)

    def keep(self, rule: int, plan: Plan, state: dict[str, Any]) -> None:
        """Keep the state of a rule's machine."""
        if isinstance(plan, ThresholdPlan):
            for _, events in state["groups"]:
                places = [event[1][1:3] for event in events]
                self._whole.update(places[-SAMPLE:])
                self._streams.update(places)
            self.states[rule] = orjson.dumps(state, default=self._counted)
        else:
            self.states[rule] = orjson.dumps(state, default=self._whole_event)

    def places(self) -> Iterator[tuple[tuple[int, int], int, bool, bool]]:
        """Place and number of each event, whether it is kept whole, whether its stream is wanted.

        By place, as events are read again.
        """
        for place in sorted(self._numbers):
            yield place, self._numbers[place], place in self._whole, place in self._streams

    def _whole_event(self, value: object) -> object:
        if isinstance(value, EventRef):
            self._whole.add(value[1:3])
        return self._counted(value)

    def _counted(self, value: object) -> object:
        if isinstance(value, EventRef):
            number = self._numbers.setdefault(value[1:3], len(self._numbers))
            return {REF: [number, value.arrival, value.time]}
        if isinstance(value, tuple):
            return list(value)
        raise TypeError(f"{type(value).__name__} in the state of a machine")


def restored(state: Any) -> Any:  # noqa: ANN401 - JSON
    """A state with references in place of numbers; ValueError or TypeError if it is damaged."""
    match state:
        case {"ref": [number, arrival, time]} if len(state) == 1:
            return EventRef(int(arrival), CARRIED, int(number), int(time))
        case dict():
            return {key: restored(value) for key, value in state.items()}
        case list():
            return [restored(value) for value in state]
        case _:
            return state
