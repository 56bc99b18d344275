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
            told |= {(host, n) for host, n in first.items() if events[n][0] > window[0]}
    return told


def fates(ours, theirs):
    """How many alerts are on both sides, on ours only and on theirs only."""
    return Counter(
        "same" if alert in theirs and alert in ours else "ours" if alert in ours else "theirs"
        for alert in ours | theirs
    )


def folded(events, every, back, outage, duration, *, history):
    """Suppression by host: the numbers of alerts' events, each with how many it stands for more.

    ``history``: as rules in KQL do, which count what no earlier count covered; else as the others,
    which look for an alert of the group, made since the horizon, that ends before.
    """
    made, covered = [], {}
    for tick, spans in runs(events, every, back, outage):
        for window in spans:
            groups = defaultdict(list)
            horizon = window[0] if duration is None else tick - duration
            for n in visible(events, tick, window):
                at, _, name, host = events[n]
                last = _last(made, host, horizon)
                old = last and last["tick"] < tick and at <= last["end"]
                if history:
                    old = at <= covered.get(host, -(10**9))
                if name == "a" and not old and not any(n == one["first"] for one in made):
                    groups[host].append(n)
            for host, members in sorted(groups.items()):
                end = covered[host] = events[members[-1]][0]
                last = _last(made, host, tick if duration is None else horizon)
                if last and (duration is not None or not history):
                    last["more"] += len(members)
                    last["end"] = max(last["end"], end)
                else:
                    told = {"first": members[0], "more": len(members) - 1, "end": end}
                    made.append({**told, "host": host, "tick": tick})
    return {(one["first"], one["more"]) for one in made}


def _last(made, host, horizon):
    """The latest alert of a group that was made since a moment."""
    since = [one for one in made if one["host"] == host and one["tick"] >= horizon]
    return max(since, key=lambda one: one["tick"]) if since else None
