"""How a command ends that does not end well."""

from __future__ import annotations

INTERRUPTED = 130
"""The exit status of a command that a person stopped."""


class CannotRun(Exception):  # noqa: N818 - it is what happened, told to a person
    """Exit status 2: bad arguments, no input or rule that can be used; says what to do."""
