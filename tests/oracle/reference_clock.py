"""The reference's clock, run by run: every run looks at every event anew. Slow and plain.

Events are tuples of numbers: when it happened, when it came (seconds), its name, its host. An alert
is told as the numbers of its events, with the group of a threshold or the term before them.
"""

from collections import Counter, defaultdict
from itertools import count


def windows(tick, before, every, back):
    """The windows of a run, the oldest first."""
    gap = (tick - before) - back
    missed = min(-(-gap // every), 4) if gap > 0 else 0
    return [(tick - back - n * every, tick - n * every) for n in range(missed, -1, -1)]


def runs(events, every, back, outage):
    """All runs that may see something: the tick and its windows."""
    first = min(moment for event in events for moment in event[:2])
    first = min(first, outage[0] or first) - every
    last = max(outage[1], *(moment for event in events for moment in event[:2])) + back + 6 * every
    before = None
    for number in count(first // every):
        tick = number * every
        if tick > last:
            return
        if outage[0] <= tick < outage[1]:
            continue
        yield tick, windows(tick, tick - every if before is None else before, every, back)
        before = tick


def visible(events, tick, window):
    """The numbers of the events in a window that have come, in order."""
    first, last = window
    found = [n for n, (at, came, *_) in enumerate(events) if came <= tick and first <= at <= last]
    return sorted(found, key=lambda n: (events[n][0], n))


def singles(events, every, back, outage, most, latest):
    told = []
    for tick, spans in runs(events, every, back, outage):
        for window in spans:
            seen = [n for n in visible(events, tick, window) if events[n][2] == "a"]
            if latest:
                told += [n for n in seen[-most:] if n not in told]
            else:
                told += [n for n in seen if n not in told][:most]
    return {(n,) for n in told}


def joined(events, every, back, outage, find):
    """``find`` gives the matches among some events, as numbers among these."""
    told = set()
    for tick, spans in runs(events, every, back, outage):
        for window in spans:
            seen = visible(events, tick, window)
            for match in find([events[n] for n in seen]):
                told.add(tuple(None if n is None else seen[n] for n in match))
    return told


def thresholds(events, every, back, outage, least):
    told, counted = set(), {}
    for tick, spans in runs(events, every, back, outage):
        for window in spans:
            groups = defaultdict(list)
            for n in visible(events, tick, window):
                at, _, name, host = events[n]
                if name == "a" and at > counted.get(host, -(10**9)):
                    groups[host].append(n)
            for host, members in groups.items():
                if len(members) >= least:
                    told.add((host, *members))
                    counted[host] = max(events[n][0] for n in members)
    return told


def new_terms(events, every, back, outage, history):
    told = set()
    for tick, spans in runs(events, every, back, outage):
        for window in spans:
            seen = visible(events, tick, (window[1] - history, window[1]))
            first = {}
            for n in seen:
                if events[n][2] == "a":
                    first.setdefault(events[n][3], n)
            told |= {(host, n) for host, n in first.items() if events[n][0] >= window[0]}
    return told


def fates(ours, theirs):
    """How many alerts are on both sides, on ours only and on theirs only."""
    return Counter(
        "same" if alert in theirs and alert in ours else "ours" if alert in ours else "theirs"
        for alert in ours | theirs
    )
