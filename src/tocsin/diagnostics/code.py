"""What one code of a diagnostic means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A row of the table of codes, and the page about it.

    ``explanation`` says why this is wrong, in Markdown; ``example`` is a text that gives the code,
    ``fix`` the same text put right. Both may be empty where there is nothing short to show.
    """

    code: str
    title: str
    explanation: str
    example: str = ""
    fix: str = ""
