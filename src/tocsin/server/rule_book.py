"""The rules for pages: loaded when a page first needs one, and again when others run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from threading import Lock

from tocsin.rules.rule import Rule
from tocsin.server.rule_desk import RuleDesk

LOG = logging.getLogger("tocsin.server")


class RuleBook:
    """Rules by id. Any thread may ask; the first one waits until they are loaded.

    ``load``: gives the rules as they are now, and raises ValueError or OSError if it cannot.
    ``key``: names the set that runs; where it changes, they are loaded again. ``desk``: has them
    all, sooner or later; then no others are loaded.
    """

    def __init__(
        self,
        load: Callable[[], Iterable[Rule]],
        key: Callable[[], object],
        desk: RuleDesk | None = None,
    ) -> None:
        self._desk = desk
        self._load = load
        self._key = key
        self._held: object = None
        self._rules: dict[str, Rule] | None = None
        self._lock = Lock()

    def rule(self, name: str) -> Rule | None:
        """The rule of an id; None if there is none, or none can be loaded."""
        if self._desk is not None and (shelf := self._desk.shelf) is not None:
            self._rules = None
            return shelf.library.by_id.get(name)
        with self._lock:
            key = self._key()
            if self._rules is None or key != self._held:
                self._rules = self._loaded()
                self._held = key
            return self._rules.get(name)

    def _loaded(self) -> dict[str, Rule]:
        try:
            return {rule.id: rule for rule in self._load()}
        except (ValueError, OSError) as error:
            LOG.warning("pages of alerts have no guides: %s", error)
            return {}
