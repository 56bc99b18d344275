"""Events for the tests of the command line."""


def process(second, name="curl", **fields):
    """An event of a process at a second of a minute."""
    return {
        "@timestamp": f"2026-08-01T12:00:{second:02}.000Z",
        "event": {"category": ["process"], "type": ["start"], "action": "exec"},
        "host": {"name": "web-1"},
        "process": {"name": name, "pid": second},
        **fields,
    }
