"""What stands in the way of following files: counted once, and shown until it is over."""

from __future__ import annotations

import os
from collections.abc import Iterable

from tocsin.follow.discover import fits
from tocsin.follow.taken import Counts

JOURNAL = "the journal"
NOTHING_YET = "there is nothing yet"


class Problems:
    """Problems by path, the latest last; the latest is the one that `counts` shows."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._problems: dict[str, str] = {}

    def tell(self, path: str, problem: str, *, failure: bool = True) -> None:
        """Note a problem; one that is known is nothing new."""
        if self._problems.get(path) != problem:
            self._problems.pop(path, None)
            self._problems[path] = problem
            self._counts.failures += failure
            self._show()

    def over(self, path: str) -> None:
        """There is no problem there any more."""
        if self._problems.pop(path, None) is not None:
            self._show()

    def look_for(self, arguments: Iterable[str], *, first: bool) -> None:
        """Say at a first look which arguments fit nothing, until they do."""
        for argument in arguments:
            if self._problems.get(argument) == NOTHING_YET and fits(argument):
                self.over(argument)
            elif first and not fits(argument):
                self.tell(argument, NOTHING_YET, failure=False)

    def keep_only(self, paths: Iterable[str]) -> None:
        """What is elsewhere is over, but for the journal's."""
        for path in self._problems.keys() - {*paths, JOURNAL}:
            self.over(path)

    def _show(self) -> None:
        path = next(reversed(self._problems), None)
        self._counts.problem = ""
        if path is not None:
            shown = os.fsencode(path).decode(errors="replace")
            self._counts.problem = f"{shown}: {self._problems[path]}"
