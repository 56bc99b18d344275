"""Text as every database can hold it: no NUL, no lone surrogates, no longer than an index takes.

A question is treated like what is stored, so that it finds it.
"""

from __future__ import annotations

import re

MOST = 512
"""Characters of a label: PostgreSQL's indexes take 2,704 bytes a row."""
MOST_REASON = 256
"""Characters of the reason for which an alert is closed."""
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def fit(text: str, most: int = MOST) -> str:
    """Text without what a database cannot hold, cut to so many characters."""
    if len(text) > most:
        text = text[: most - 1] + "…"
    return _UNFIT.sub("\ufffd", text)
