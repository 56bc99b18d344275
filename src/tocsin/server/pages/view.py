"""Who looks at a page: what every template is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TABS = (
    ("/alerts", "Alerts"),
    ("/events", "Events"),
    ("/rules", "Rules"),
    ("/matrix", "Matrix"),
    ("/data", "Data"),
    ("/ask", "Ask"),
    ("/engine", "Engine"),
)
"""The areas of the site: address and title, in the order of the navigation."""


@dataclass(frozen=True, slots=True)
class View:
    """Who looks: the token of their forms, their name if they logged in, whether they may act.

    ``path``: of the page; ``address``: the server's own, as the browser names it; ``message``: what
    was done last; ``undo``: whether that closed alerts. ``may_all``: whether
    they may do everything; ``people``: who may be given alerts.
    """

    csrf: str
    caller: str
    may_act: bool
    path: str
    address: str
    message: str = ""
    undo: bool = False
    may_all: bool = False
    people: tuple[str, ...] = ()

    @property
    def context(self) -> dict[str, Any]:
        """What every page is given."""
        return {
            "root": "/",
            "navigation": [
                (tab, title, self.path == tab or self.path.startswith(f"{tab}/"))
                for tab, title in TABS
            ],
            "csrf": self.csrf,
            "caller": self.caller,
            "may_act": self.may_act,
            "message": self.message,
            "undo": self.undo,
            "may_all": self.may_all,
            "people": self.people,
        }
