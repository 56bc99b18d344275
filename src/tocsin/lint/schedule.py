"""Whether the schedule lets the reference see what the rule looks for.

Kibana asks the query anew each ``interval`` over the window from ``from`` to ``to``. What is longer
than the part that two windows share may fall between them. Tocsin has no windows and finds it all
the same; the warning is for those who run the rule in both.
"""

from __future__ import annotations

from tocsin.languages.eql.show import show_maxspan
from tocsin.lint.subject import Subject
from tocsin.rules.rule import Rule
from tocsin.rules.timing import TimingError, date_math, interval, look_back


def check(subject: Subject) -> None:
    """Tell of windows that leave something out (``LINT110`` to ``LINT112``)."""
    rule = subject.rule
    try:
        window, every = look_back(rule), interval(rule.interval)
    except TimingError:
        return
    if every > window:
        subject.tell(
            "LINT111",
            ("rule", "interval" if "interval" in rule.raw else "from"),
            f"the rule looks back {show_maxspan(window)} each {show_maxspan(every)}: "
            "Kibana never sees the events in between",
            hint=f'look back at least as far: from = "now-{show_maxspan(every)}"',
        )
    sequence = subject.sequence
    if sequence is not None and sequence.maxspan is not None:
        _reach(subject, sequence.maxspan, window, every)
    if rule.type == "new_terms" and rule.history_window_start:
        _history(subject, rule)


def _reach(subject: Subject, maxspan: int, window: int, every: int) -> None:
    """Only a sequence that fits into the overlap of two windows is seen whole for sure."""
    if maxspan <= window - every:
        return
    key = "from" if "from" in subject.rule.raw else "query"
    reach = f"{show_maxspan(window - every)}" if window > every else "nothing"
    subject.tell(
        "LINT110",
        ("rule", key),
        f"the maxspan of {show_maxspan(maxspan)} goes beyond the schedule's reach of {reach}: "
        "Kibana may miss the sequence",
        label=f"looks back {show_maxspan(window)} each {show_maxspan(every)}",
        hint=f'from = "now-{show_maxspan(maxspan + every)}" sees every sequence whole',
    )


def _history(subject: Subject, rule: Rule) -> None:
    flat = "history_window_start" in rule.raw
    try:
        start = date_math(rule.history_window_start).at(_NOW)
        begin = date_math(rule.from_).at(_NOW)
    except TimingError:
        return
    if start >= begin:
        subject.tell(
            "LINT112",
            ("rule", "history_window_start") if flat else _HISTORY,
            f"the history begins at {rule.history_window_start}, "
            f"which is not before `from` ({rule.from_}): there is nothing to be new against",
            hint='write "now-7d", say',
        )


_HISTORY = ("rule", "new_terms", "history_window_start")
_NOW = 1_750_000_000_000
"""Some moment; both times are counted from it."""
