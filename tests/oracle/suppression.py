"""Suppression by its definition: which of the alerts of one rule are told."""

from itertools import product

from oracle.sequences import same, values


def alike(one, other):
    """Whether two groups are the same; a tuple stands for several values that count as a whole."""
    return len(one) == len(other) and all(
        alike(a, b)
        if isinstance(a, tuple) and isinstance(b, tuple)
        else not isinstance(a, tuple) and not isinstance(b, tuple) and same(a, b)
        for a, b in zip(one, other, strict=True)
    )


def groups(event, fields, *, missing, each):
    """The groups of an event; None if nothing is like it."""
    choices = []
    for field in fields:
        found = values(event, field)
        if not found and not missing:
            return None
        if len(found) > 1 and not each:
            found = [tuple(found)]
        choices.append(found or [None])
    made = []
    for group in product(*choices):
        if not any(alike(group, known) for known in made):
            made.append(group)
    return made


def suppress(alerts, duration):
    """The windows as [group, start, end, suppressed alerts], of alerts (time, group) in order."""
    windows = []
    for time, group in alerts:
        latest = [w for w in windows if alike(w[0], group)][-1:]
        if latest and time <= latest[0][1] + duration:
            latest[0][2] = time
            latest[0][3] += 1
        else:
            windows.append([group, time, time, 0])
    return windows
