"""What an audit log of a Kubernetes API server can be asked for, however its entries look."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tocsin.alerts.paths import first_at
from tocsin.web.steps.asking import Event
from tocsin.web.steps.audit_entry import AuditEntry

REVIEWS = ("tokenreviews", "subjectaccessreviews")


class AuditForm(ABC):
    """A form in which entries are stored.

    The methods give KQL for entries with one of some values, empty if the form cannot be asked for
    them. ``dataset`` is where the entries are, ``mark`` KQL that tells them from others there.
    """

    dataset: str
    mark: str

    @abstractmethod
    def users(self, *names: str) -> str:
        """By these users."""

    @abstractmethod
    def users_like(self, *patterns: str) -> str:
        """By users whose names are like these patterns."""

    @abstractmethod
    def groups(self, *names: str) -> str:
        """By users of these groups."""

    @abstractmethod
    def token_pods(self, *names: str) -> str:
        """With tokens that were made for these pods."""

    @abstractmethod
    def sources(self, *addresses: str) -> str:
        """From these addresses."""

    @abstractmethod
    def verbs(self, *names: str) -> str:
        """With these verbs of the API."""

    @abstractmethod
    def resources(self, *names: str) -> str:
        """About these kinds of resources, or what is below them."""

    @abstractmethod
    def subresources(self, *names: str) -> str:
        """About these subresources of pods and nodes."""

    @abstractmethod
    def pods(self, *names: str) -> str:
        """About pods of these names, or what is below them."""

    @abstractmethod
    def read(self, event: Event) -> AuditEntry:
        """An event of this form as an entry."""


def text_at(event: Event, *fields: str) -> str:
    """The first value of the first of these fields that has one, as text; else empty."""
    for field in fields:
        value = first_at(event, field)
        if value is not None and value != "":
            return str(value).lower() if isinstance(value, bool) else str(value)
    return ""
