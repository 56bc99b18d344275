"""Looks whether the store is there, though nothing is to be written just now."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from tocsin.store.error import StoreError, StoreTakenError

LOG = logging.getLogger("tocsin.server")

LOOK = 2.0
"""Seconds between two looks."""


class Held(Protocol):
    """The claim that this engine has on the store."""

    def step(self) -> None:
        """Hold it still. Raises StoreError."""


class StoreWatch:
    """Looks again and again.

    Parameters
    ----------
    check
        Raises StoreError if the store cannot be used.
    lost
        Called when another engine uses the store by now.

    Attributes
    ----------
    trouble
        What is wrong with it; empty if it is well.
    """

    def __init__(self, claim: Held, check: Callable[[], None], lost: Callable[[], None]) -> None:
        self.trouble = ""
        self._claim = claim
        self._check = check
        self._lost = lost

    def step(self) -> None:
        """Look, and tell the log of what changed."""
        trouble = ""
        try:
            self._claim.step()
            self._check()
        except StoreTakenError as error:
            trouble = str(error)
            self._lost()
        except StoreError as error:
            trouble = f"no alert is kept: {error}"
        if trouble != self.trouble:
            if trouble:
                LOG.error("%s", trouble)
            else:
                LOG.info("the store can be used again")
        self.trouble = trouble
