"""Thresholds by their definition, over lists of dicts (see `oracle.sequences`): slow, and plain."""

from functools import cmp_to_key

from oracle.sequences import compare_keys, key_tuples, ordered, same, same_key, values


def distinct_values(events, field):
    """The values that a field has in some events, each once."""
    found = []
    for event in events:
        for value in values(event, field):
            if not any(same(value, known) for known in found):
                found.append(value)
    return found


def thresholds(events, stage, least, cardinality, reach):
    """All matches as (key, events, distinct values by field), by their last events, then by key.

    ``cardinality``: (field, least) each. ``reach``: None for all time.
    """
    groups, found = [], []  # (key, events not yet used up)
    for _, event in ordered(events):
        complete = []
        for key in key_tuples(event, stage) if stage.test(event) else ():
            free = next((held for known, held in groups if same_key(known, key)), None)
            if free is None:
                free = []
                groups.append((key, free))
            free.append(event)
            counted = [e for e in free if reach is None or e["time"] >= event["time"] - reach]
            numbers = [len(distinct_values(counted, field)) for field, _ in cardinality]
            enough = all(n >= most for n, (_, most) in zip(numbers, cardinality, strict=True))
            if len(counted) >= least and enough:
                complete.append((key, counted, tuple(numbers)))
                free.clear()
        found += sorted(complete, key=cmp_to_key(lambda a, b: compare_keys(a[0], b[0])))
    return found
