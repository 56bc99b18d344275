"""Sequences and samples by their definition, over lists of dicts: slow, and easy to believe.

Nothing of the engine is used. An event is a dict; ``time`` (and perhaps ``tie``) orders it, and its
place in the list is its arrival. Fields hold a value, a list of values, or nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import islice, product


@dataclass(frozen=True)
class Stage:
    """``keys``: (field, optional) each."""

    test: Callable[[dict], bool]
    keys: tuple[tuple[str, bool], ...] = ()
    missing: bool = False
    runs: int = 1


def values(event, field):
    held = event.get(field)
    return [v for v in (held if isinstance(held, list) else [held]) if v is not None]


def same(a, b):
    """Whether two key values join."""
    numbers = [isinstance(v, int | float) and not isinstance(v, bool) for v in (a, b)]
    return a == b if all(numbers) else type(a) is type(b) and a == b


def same_key(a, b):
    return all(same(x, y) for x, y in zip(a, b, strict=True))


def key_tuples(event, stage):
    choices = []
    for field, optional in stage.keys:
        found = values(event, field)
        if not found and not optional:
            return []
        choices.append(found or [None])
    tuples = []
    for chosen in product(*choices):
        if not any(same_key(chosen, known) for known in tuples):
            tuples.append(chosen)
    return tuples


def compare_values(a, b):
    def group(v):
        if v is None:
            return 0
        if isinstance(v, bool):
            return 1
        return 3 if isinstance(v, str) else 2

    if group(a) != group(b):
        return group(a) - group(b)
    return 0 if a is None else (a > b) - (a < b)


def compare_keys(a, b):
    return next((c for x, y in zip(a, b, strict=True) if (c := compare_values(x, y))), 0)


def ordered(events):
    """The events as (ordinal, event), ordinals being their ranks by time, tiebreaker, arrival."""

    def compare(a, b):
        (i, x), (j, y) = a, b
        if x["time"] != y["time"]:
            return x["time"] - y["time"]
        tie, other = x.get("tie"), y.get("tie")
        if tie is None or other is None:
            return ((tie is None) - (other is None)) or i - j
        return compare_values(tie, other) or i - j

    return list(enumerate(e for _, e in sorted(enumerate(events), key=cmp_to_key(compare))))


def sequences(events, stages, until=None, limit=None):
    """All sequences as (key, events by stage), in the order of their last events, then by key."""
    stream = ordered(events)
    positive = [stage for stage in stages if not stage.missing for _ in range(stage.runs)]
    pending = []  # (stage number, key, partials, newest last); a partial: (ordinal, event)s
    complete = []
    for ordinal, event in stream:
        for number in range(len(positive) - 1, -1, -1):
            if not positive[number].test(event):
                continue
            for key in key_tuples(event, positive[number]):
                if number == 0:
                    partial = [(ordinal, event)]
                else:
                    waiting = find(pending, number - 1, key)
                    earlier = [p for p in waiting if p[-1][0] < ordinal]
                    if not earlier:
                        continue
                    newest = earlier[-1]
                    waiting[:] = waiting[waiting.index(newest) + 1 :]
                    if limit is not None and event["time"] - newest[0][1]["time"] > limit:
                        continue
                    if stopped(stream, until, key, newest[-1][0], ordinal):
                        continue
                    partial = [*newest, (ordinal, event)]
                if number == len(positive) - 1:
                    complete.append((ordinal, key, [e for _, e in partial]))
                else:
                    find(pending, number, key)[:] = [partial]
    kept = [c for c in complete if accepted(c[2], c[1], events, stages, limit)]
    kept.sort(key=cmp_to_key(lambda a, b: (a[0] - b[0]) or compare_keys(a[1], b[1])))
    return [(key, placed(found, stages)) for _, key, found in kept]


def find(pending, number, key):
    for at, known, waiting in pending:
        if at == number and same_key(known, key):
            return waiting
    pending.append((number, key, []))
    return pending[-1][2]


def stopped(stream, until, key, last, ordinal):
    if until is None:
        return False
    ends = [
        at
        for at, event in stream
        if at < ordinal
        and until.test(event)
        and any(same_key(key, k) for k in key_tuples(event, until))
    ]
    return bool(ends) and ends[-1] >= last


def accepted(found, key, events, stages, limit):
    """Whether no missing event forbids a sequence of positive events."""
    times = [event["time"] for event in found]
    first, last = times[0], times[-1]
    before, after, passed = [], [], 0
    for stage in stages:
        occurrences = [e["time"] for e in events if joins(e, stage, key)]
        if not stage.missing:
            passed += stage.runs
        elif passed == 0:
            before += [t for t in occurrences if t < first]
        elif passed == len(found):
            after += [t for t in occurrences if t > last]
        elif any(times[passed - 1] < t < times[passed] for t in occurrences):
            return False
    left, right = max(before, default=None), min(after, default=None)
    ends = stages[0].missing, stages[-1].missing
    return frame_fits(ends, (left, right), (first, last), limit)


def frame_fits(ends, neighbours, span, limit):
    """Whether a frame as long as the limit holds the span and neither of its neighbours."""
    (leading, trailing), (left, right) = ends, neighbours
    if (left is None and right is None) or (leading and left is None):
        return True
    if trailing and right is None:
        return True
    if limit is None:
        return False
    if leading and trailing:
        return right - left > limit
    return span[1] - left > limit if leading else right - span[0] > limit


def placed(found, stages):
    rest = iter(found)
    return [None if s.missing else next(rest) for s in stages for _ in range(s.runs)]


def samples(events, stages, most=1):
    """All samples of a whole input as (key, events by stage), keys ascending."""
    keys = []
    for event in events:
        for key in key_tuples(event, stages[0]) if stages[0].test(event) else []:
            if not any(same_key(key, known) for known in keys):
                keys.append(key)
    keys.sort(key=cmp_to_key(compare_keys))
    found = []
    for key in keys:
        pools = [
            [number for number, event in enumerate(events) if joins(event, stage, key)]
            for stage in stages
        ]
        choices = (c for c in product(*pools) if len(set(c)) == len(c))
        found += [(key, [events[n] for n in chosen]) for chosen in islice(choices, most)]
    return found


def samples_within(events, stages, reach, most=1):
    """The samples of events at most ``reach`` apart, as (key, events by stage), in order of time.

    Each is told at its latest event, with the latest other events; then its key is silent, once it
    has told ``most``, until the reach has passed since the first of them.
    """
    told, found = [], []  # told: [key, when the first was told, how many]
    stream = [event for _, event in ordered(events)]
    for at, event in enumerate(stream):
        hits = {n: key_tuples(event, s) for n, s in enumerate(stages) if s.test(event)}
        keys = []
        for key in (key for tuples in hits.values() for key in tuples):
            if not any(same_key(key, known) for known in keys):
                keys.append(key)
        for key in sorted(keys, key=cmp_to_key(compare_keys)):
            state = next((state for state in told if same_key(state[0], key)), None)
            if state is None:
                state = [key, 0, 0]
                told.append(state)
            if event["time"] - state[1] > reach:
                state[2] = 0
            window = [
                (place, other)
                for place, other in enumerate(stream[: at + 1])
                if event["time"] - other["time"] <= reach
            ][::-1]
            choices = [
                chosen
                for number, tuples in hits.items()
                if any(same_key(key, k) for k in tuples)
                for chosen in product(
                    *(
                        [(at, event)] if n == number else [p for p in window if joins(p[1], s, key)]
                        for n, s in enumerate(stages)
                    )
                )
                if len({place for place, _ in chosen}) == len(chosen)
            ]
            for chosen in choices[: max(0, most - state[2])]:
                if state[2] == 0:
                    state[1] = event["time"]
                state[2] += 1
                found.append((key, [other for _, other in chosen]))
    return found


def joins(event, stage, key):
    return stage.test(event) and any(same_key(key, k) for k in key_tuples(event, stage))
