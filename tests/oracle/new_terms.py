"""New terms by their definition, over lists of dicts (see `oracle.sequences`): slow, and plain."""

from functools import cmp_to_key

from oracle.sequences import compare_keys, key_tuples, ordered, same_key


def new_terms(events, stage, history, past=()):
    """All matches as (key, event), in order; the events of ``past`` only teach.

    A term is new unless it occurred before, less than ``history`` ago.
    """
    found = []
    stream = [event for _, event in ordered([*past, *events])]
    taught = {id(event) for event in past}
    for at, event in enumerate(stream):
        if not stage.test(event) or id(event) in taught:
            continue
        earlier = [e for e in stream[:at] if stage.test(e)]
        near = [e for e in earlier if event["time"] - e["time"] < history]
        keys = [
            key
            for key in key_tuples(event, stage)
            if not any(same_key(key, other) for e in near for other in key_tuples(e, stage))
        ]
        keys.sort(key=cmp_to_key(compare_keys))
        found += [(key, event) for key in keys]
    return found
