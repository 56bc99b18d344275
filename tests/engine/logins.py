"""People who log in, rules that remember them (as `load` takes them), and their alerts."""

import json

from hypothesis import strategies as st


def login(minute, user="ann", host="h1", outcome="failure", **more):
    return {
        "@timestamp": f"2026-08-01T{12 + minute // 60:02d}:{minute % 60:02d}:00Z",
        "event": {"category": "authentication", "outcome": outcome},
        "user": {"name": user},
        "host": {"id": host},
        "data_stream": {"dataset": "system.auth"},
        **more,
    }


def some_logins(minutes):
    """Up to twenty logins within so many minutes."""
    return st.lists(
        st.builds(
            login,
            st.integers(0, minutes),
            st.sampled_from(["ann", "bob", ["ann", "bob"], None]),
            st.sampled_from(["h1", "h2", ["h1", "h2"]]),
            st.sampled_from(["failure", "failure", "success"]),
        ),
        max_size=20,
    )


FAILED = "event.outcome: failure"
GUESSING = (
    "Guessing",
    "threshold",
    FAILED,
    'from = "now-9m"\nthreshold = { field = ["host.id"], value = 3 }',
)
SPRAYING = (
    "Spraying",
    "threshold",
    FAILED,
    """from = "now-9m"
severity_mapping = [{ field = "host.id", operator = "equals", value = "h1", severity = "high" },
  { field = "user.name", operator = "equals", value = "ann", severity = "critical" }]
threshold = { field = "host.id", value = 2, cardinality = [{ field = "user.name", value = 3 }] }""",
)
FIRST = (
    "First",
    "new_terms",
    "event.category: authentication",
    'history_window_start = "now-7d"\nnew_terms_fields = ["user.name", "host.id"]',
)
PAIR = (
    "Pair",
    "eql",
    """sequence by host.id with maxspan=10m [any where event.outcome == "failure"]
      [any where event.outcome == "success"]""",
    "",
)
NINE = 'from = "now-9m"\ninterval = "5m"'


def table(name, query, more=NINE):
    return name, "esql", f"from logs-* metadata _id, _index | {query}", more


COUNTED = table(
    "Counted",
    "stats n = count(*), names = values(user.name), ids = count_distinct(_id) by host.id"
    " | where n >= 2",
)


def suppressing(*, type_="query", query=FAILED, more="", **keys):
    told = ", ".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())
    told = told.replace('"value": ', "value = ").replace('"unit": ', "unit = ")
    return "Alike", type_, query, f"alert_suppression = {{ {told} }}\n{more}"


def strip(document):
    """A document without what tells one run from another."""
    return {
        key: value
        for key, value in document.items()
        if "execution" not in key and key != "tocsin.detected_at"
    }
