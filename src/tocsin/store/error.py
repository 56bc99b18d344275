"""What a store says when it cannot do what it was asked."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be used, or not now; the message says why, and names no secret."""


class StoreAwayError(StoreError):
    """The database does not do what it is told, or does not answer: perhaps later."""


class StoreTakenError(StoreError):
    """Another engine uses the store."""
