"""The audit entries around an alert, in whichever forms the clusters' API servers' logs are stored.

A step asks with a function that says for each form what is wanted:

    trail.find("requests to nodes/proxy", lambda form: form.resources("nodes"), span)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tocsin.alerts import api_requests
from tocsin.alerts.paths import values_at
from tocsin.corpus.span import Span
from tocsin.web.events_page import events_address
from tocsin.web.kql_text import both, either, is_
from tocsin.web.steps.api_server_form import ApiServerForm
from tocsin.web.steps.asking import Answer, Asking, Event
from tocsin.web.steps.audit_entry import AuditEntry
from tocsin.web.steps.audit_form import AuditForm
from tocsin.web.steps.case import HOUR, Case
from tocsin.web.steps.gke_form import GkeForm
from tocsin.web.steps.step import Listing, Row
from tocsin.web.times import stamp

PLAIN = ApiServerForm("kubernetes.audit_logs", api_requests.PLAIN, address="source.ip")
"""Files and webhooks of API servers, EKS by way of CloudWatch."""

AKS = ApiServerForm(
    "azure.platformlogs",
    api_requests.AKS,
    mark=f"{api_requests.AKS}.verb: *",
)
"""Diagnostic logs of AKS, of the categories whose entries have a verb."""

GKE = GkeForm()
FORMS: tuple[AuditForm, ...] = (PLAIN, AKS, GKE)

_BEFORE, _AFTER = HOUR, 2 * HOUR

_CLOUDS: dict[AuditForm, tuple[str, ...]] = {AKS: ("get", "list"), GKE: ("get", "list", "watch")}
"""Verbs that the logs of clouds may leave out altogether."""

_LEFT_OUT: dict[AuditForm, str] = {
    AKS: (
        "Among the entries of AKS is no get or list. Its category `kube-audit-admin` leaves them "
        "out: then reads cannot stand here, nor an exec that begins with GET, as kubectl's does "
        "over WebSocket. The category `kube-audit` has them."
    ),
    GKE: (
        "Among the entries of GKE is no get, list or watch. These, and what goes through "
        "`nodes/proxy` with GET, stand in the Data Access log only, which is off unless the "
        "project switches it on."
    ),
}

LACKING = (
    "No Kubernetes audit entry of that time is stored. The API server's audit log would show it: "
    "let `tocsin serve --follow` read its file (`audit.k8s.io/v1`), as it is. On EKS the "
    "Kubernetes integration collects it from CloudWatch (`kubernetes.audit_logs`), on AKS the "
    "Azure Logs integration collects the category `kube-audit` (`azure.platformlogs`), on GKE the "
    "Google Cloud integration the audit logs of `k8s.io`, Data Access among them (`gcp.audit`)."
)

Want = Callable[[AuditForm], str]


def kql(want: Want, forms: Sequence[AuditForm] = FORMS) -> str:
    """What is wanted of each form, as KQL; empty if no form can be asked for it.

    The data sets stand in front: parts of the stored events with others need not be looked at.
    """
    wanted = [(form, text) for form in forms if (text := want(form))]
    sets = is_("data_stream.dataset", *(form.dataset for form, _ in wanted))
    return both(sets, _alternatives([both(form.mark, text) for form, text in wanted]))


def any_entry(forms: Sequence[AuditForm] = FORMS) -> str:
    """KQL for all entries."""
    return _alternatives([both(is_("data_stream.dataset", one.dataset), one.mark) for one in forms])


def _alternatives(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else either(*(f"({part})" for part in parts))


class Entries:
    """What a question found: the answer, and its entries, each once."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        found: dict[object, tuple[int | None, AuditEntry]] = {}
        for event in answer.events:
            entry = entry_of(dict(event.source))
            # a client may choose the ID of its requests: only what is alike in all is a copy
            found.setdefault(entry if entry.key else event.place, (event.time, entry))
        self._found = list(found.values())
        self.copies = len(answer.events) - len(found)

    @property
    def number(self) -> int:
        """How many there are, without the copies that were seen."""
        return self.answer.number - self.copies

    @property
    def looked(self) -> bool:
        """Whether anything was looked at."""
        return self.answer.looked

    @property
    def listing(self) -> Listing:
        """The question, for the page."""
        return self.answer.listing

    @property
    def entries(self) -> list[AuditEntry]:
        """Those that were read, in order of time."""
        return [entry for _, entry in self._found]

    def rows(
        self,
        marked: Callable[[AuditEntry], bool] = lambda _: False,
        say: Callable[[AuditEntry], str] = lambda entry: entry.told,
    ) -> list[Row]:
        """The entries as rows."""
        return [Row(stamp(time), say(entry), marked(entry)) for time, entry in self._found]


class AuditTrail:
    """The audit entries from an hour before an alert to two hours after it.

    Forms of which there are none are not asked for, so that questions stay short and quick.
    """

    def __init__(self, case: Case, asking: Asking) -> None:
        self._asking = asking
        span = case.around(_BEFORE, _AFTER)
        every_form = [("entries of a form", any_entry((form,))) for form in FORMS]
        reads = [("reads among them", _reads(form)) for form in _CLOUDS]
        answers = asking.several([*every_form, *reads], span)
        numbers = [answer.listing.number for answer in answers]
        self._whole = all(answer.listing.whole for answer in answers)
        there = {form: number or 0 for form, number in zip(FORMS, numbers, strict=False)}
        found = tuple(form for form in FORMS if there[form])
        self.forms = found if found and self._whole else FORMS
        self._unread = [
            form
            for form, number in zip(_CLOUDS, numbers[len(FORMS) :], strict=True)
            if self._whole and there[form] and not number
        ]
        text, asked = any_entry(), "all audit entries, from an hour before to two hours after"
        number = None if numbers[0] is None else sum(there.values())
        listing = Listing(asked, text, events_address(text, span), number, self._whole)
        self._there = Answer(listing, ())

    @property
    def none(self) -> bool:
        """Whether it is known that there are no entries at all."""
        return self._whole and not self._there.number

    def has(self, form: AuditForm) -> bool:
        """Whether it is known that there are entries of a form."""
        return self._whole and not self.none and form in self.forms

    def kql(self, want: Want) -> str:
        """What is wanted, as KQL; empty if it cannot be asked for."""
        return kql(want, self.forms)

    def find(self, asked: str, want: Want, span: Span) -> Entries:
        """The entries that are wanted, within the span of the trail."""
        if self.none:
            return Entries(self._there)
        return Entries(self._asking.find(asked, self.kql(want), span))

    def stored(self, asked: str, span: Span) -> Answer:
        """How many entries there are in a span."""
        return self._there if self.none else self._asking.any(asked, any_entry(self.forms), span)

    def left_out(self) -> str:
        """What the stored logs of clouds seem to leave out by themselves; empty if nothing."""
        return " ".join(_LEFT_OUT[form] for form in self._unread)


def _reads(form: AuditForm) -> str:
    return kql(lambda one: one.verbs(*_CLOUDS[one]), (form,))


def entry_of(event: Event) -> AuditEntry:
    """An event as an entry."""
    sets = values_at(event, "data_stream.dataset")
    form = next((form for form in FORMS if form.dataset in sets), PLAIN)
    return form.read(event)
