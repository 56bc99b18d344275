"""Why a command could not run at all: exit status 2."""

from __future__ import annotations


class CannotRun(Exception):  # noqa: N818 - it is what happened, told to a person
    """Bad arguments, no input that can be read, no rule that can be used; says what to do."""
