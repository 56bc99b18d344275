"""The store as everybody else sees it.

    with Store.open("postgresql://tocsin@db/alerts") as store:
        store.commit(position, alerts, snapshot)
        for change in store.changes(store.cursor("webhook"), 100): ...

Each method is one transaction, and may be called from any thread. StoreError says that the
database did not do it: then nothing of it was done.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tocsin.store import engines, facets, outbox, progress, reading, retention, run_log, triage
from tocsin.store.access import Access
from tocsin.store.address import address
from tocsin.store.alert import Change, RuleRun, Snapshot, StoredAlert
from tocsin.store.claim import Claim
from tocsin.store.database import Database
from tocsin.store.facets import Count, Facet, Span
from tocsin.store.filter import Filter, Page, Sort
from tocsin.store.groups import Groups, grouped
from tocsin.store.kept import Deed, Kept
from tocsin.store.label import Kind
from tocsin.store.rule_tally import RuleDay, by_rule_and_day
from tocsin.store.survey import Survey, surveyed
from tocsin.store.tally import Tally, tallied
from tocsin.store.triage import Act, Triaged
from tocsin.store.writing import Put, find, put

_ALL = Filter()
_NEWEST = Sort()
_FIRST = Page()
_SOME = 200


class Store(Access):
    """Alerts and what belongs to them in one database; made by `Store.open`."""

    _engine = engines.MAIN

    @classmethod
    def open(cls, where: str | Path, *, create: bool = True) -> Self:
        """Open a store (`tocsin.store.address` says what ``where`` may be), at today's schema.

        ``create``: make it where there is none. StoreError if that cannot be.
        """
        return cls(Database(address(where), create=create))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __str__(self) -> str:
        return self._database.name

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def check(self) -> None:
        """Raises StoreAwayError if it cannot be used just now, as far as is to be seen."""
        self._database.check_writable()

    # the engine

    def act_for(self, identity: str) -> str:
        """Take positions and snapshots for those of the engine with this identity; its name here.

        A store in SQLite is one engine's, whoever that is.
        """
        if not self._database.is_sqlite:
            with self._database.writing() as connection:
                self._engine = engines.name_of(connection, identity)
        return self._engine

    def claim(self, *, patience: float = 5.0) -> Claim:
        """Hold what is this engine's; StoreTakenError if another has it for so many seconds."""
        return Claim(self._database, self._engine, patience)

    def commit(
        self,
        position: int,
        alerts: Sequence[StoredAlert] = (),
        snapshot: Snapshot | None = None,
        runs: Sequence[RuleRun] = (),
    ) -> Put:
        """Put alerts, and note that the journal is done up to a position: both or neither.

        An alert whose id is there is updated if it says something else (the wall clock aside);
        its status, tags, assignees and notes stay. ValueError if the position lies before the
        committed one, or an alert's id or severity is none.
        """
        with self._database.writing() as connection:
            progress.advance(connection, self._engine, position)
            if snapshot is not None:
                progress.keep(connection, self._engine, snapshot)
            run_log.write(connection, runs)
            return put(connection, alerts)

    def put(self, alerts: Sequence[StoredAlert]) -> Put:
        """Put alerts that come from no journal."""
        with self._database.writing() as connection:
            return put(connection, alerts)

    def position(self) -> int:
        """Up to where the journal is done; 0 at the beginning."""
        with self._database.reading() as connection:
            return progress.position_of(connection, self._engine) or 0

    def snapshot(self) -> Snapshot | None:
        """The last snapshot of the engine's state; None if there is none."""
        with self._database.reading() as connection:
            return progress.snapshot_of(connection, self._engine)

    # sinks

    def changes(self, after: int, most: int, *, triage: bool = False) -> list[Change]:
        """Up to ``most`` alerts that changed behind an outbox number, in order of their commits.

        ``triage``: what people did counts as a change too. A reader stays with one or the other.
        """
        with self._database.reading() as connection:
            return outbox.changes(connection, after, most, triage=triage)

    def last_number(self) -> int:
        """The outbox number of the last change; 0 if there was none."""
        with self._database.reading() as connection:
            return outbox.last_number(connection)

    def cursor(self, sink: str) -> int:
        """The outbox number up to which a sink has had everything; 0 at the beginning."""
        with self._database.reading() as connection:
            return outbox.cursor_of(connection, sink)

    def cursors(self) -> dict[str, int]:
        """The cursors of all sinks."""
        with self._database.reading() as connection:
            return outbox.cursors(connection)

    def move_cursor(self, sink: str, number: int) -> None:
        """Note that a sink has had everything up to a number."""
        with self._database.writing() as connection:
            outbox.move(connection, sink, number)

    def forget_cursor(self, sink: str) -> None:
        """Drop the cursor of a sink that is no more."""
        with self._database.writing() as connection:
            outbox.forget(connection, sink)

    # what people ask

    def find(
        self,
        wanted: Filter = _ALL,
        sort: Sort = _NEWEST,
        page: Page = _FIRST,
        *,
        whole: bool = False,
        largest: int | None = None,
    ) -> list[Kept]:
        """A page of the alerts that a filter means; ``whole``: with documents and notes.

        ``largest``: without documents of more bytes.
        """
        with self._database.reading() as connection:
            return reading.find(connection, wanted, sort, page, whole=whole, largest=largest)

    def at(self, keys: Sequence[int], *, largest: int | None = None) -> list[Kept]:
        """The alerts of these keys (`Tally`, `latest`), in this order; whole, as `find` has it."""
        with self._database.reading() as connection:
            return reading.at(connection, keys, largest)

    def each(
        self,
        wanted: Filter = _ALL,
        sort: Sort = _NEWEST,
        *,
        whole: bool = False,
        most: int | None = None,
    ) -> Iterator[Kept]:
        """All alerts that a filter means, some at a time: nobody waits for a slow reader."""
        left = sys.maxsize if most is None else most
        page = Page(limit=min(_SOME, left))
        while page.limit and (found := self.find(wanted, sort, page, whole=whole)):
            yield from found
            left -= len(found)
            page = Page(limit=min(_SOME, left), after=reading.place(found[-1], sort))

    def count(self, wanted: Filter = _ALL) -> int:
        """How many alerts a filter means."""
        with self._database.reading() as connection:
            return reading.count(connection, wanted)

    def ids(self, wanted: Filter, most: int) -> list[str]:
        """The ids of the latest alerts that a filter means."""
        with self._database.reading() as connection:
            return reading.ids(connection, wanted, most)

    def latest(self, wanted: Filter, most: int) -> list[int]:
        """The keys of the latest alerts that a filter means, for `at`."""
        with self._database.reading() as connection:
            return reading.latest(connection, wanted, most)

    def one(self, name: str) -> Kept | None:
        """The alert of an id, whole; None if there is none."""
        with self._database.reading() as connection:
            return reading.one(connection, name)

    def known(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids the store has."""
        with self._database.reading() as connection:
            return set(find(connection, ids))

    def begun(self, prefix: str, most: int = 10) -> list[str]:
        """Up to ``most`` ids of alerts that begin so, in order."""
        with self._database.reading() as connection:
            return reading.begun(connection, prefix, most)

    def facet(self, facet: Facet, wanted: Filter = _ALL, most: int = 50) -> list[Count]:
        """The most frequent values of a facet among the alerts that a filter means."""
        with self._database.reading() as connection:
            return facets.counted(connection, wanted, facet, most)

    def tally(self, wanted: Filter = _ALL, *, latest: int = 5000, most: int = 10) -> Tally:
        """What the latest alerts of a filter have in common: all facets and their times."""
        with self._database.reading() as connection:
            return tallied(connection, wanted, latest, most)

    def survey(
        self,
        wanted: Filter,
        sort: Sort,
        page: Page,
        by: Facet | None = None,
        *,
        latest: int = 5000,
        most: int = 10,
        largest: int | None = None,
    ) -> Survey:
        """All that a page of alerts shows, at one moment: `tally`, `find` whole or `groups`."""
        with self._database.reading() as connection:
            return surveyed(
                connection, wanted, sort, page, by, latest=latest, most=most, largest=largest
            )

    def groups(self, wanted: Filter, by: Facet, *, latest: int = 5000) -> Groups:
        """The latest alerts of a filter in groups of those with the same value."""
        with self._database.reading() as connection:
            return grouped(connection, wanted, by, latest)

    def over_time(self, wanted: Filter = _ALL, length: int = 3_600_000) -> list[Span]:
        """How many alerts there are in each span of ``length`` milliseconds that has any."""
        with self._database.reading() as connection:
            return facets.over_time(connection, wanted, length)

    def by_rule_and_day(self, since: int) -> list[RuleDay]:
        """How many alerts each rule gave on each day; ``since``: times of alerts, ms."""
        with self._database.reading() as connection:
            return by_rule_and_day(connection, since)

    def trail(
        self, name: str | None = None, *, since: int | None = None, most: int = 1000
    ) -> list[Deed]:
        """Who did what, latest first: with one alert (by its id), or all there is."""
        with self._database.reading() as connection:
            return triage.trail(connection, name, since, most)

    # what people do; `tocsin.store.triage.TriageError` says what cannot be done

    def set_status(
        self,
        ids: Sequence[str],
        status: str,
        act: Act,
        *,
        reason: str | None = None,
        note: str | None = None,
    ) -> Triaged:
        """Open, acknowledge or close alerts; ``note`` is written on all of them."""
        with self._database.writing() as connection:
            done = triage.set_status(connection, ids, status, reason, act)
            if note is not None:
                triage.add_note(connection, ids, note, act)
            return done

    def assign(
        self,
        ids: Sequence[str],
        act: Act,
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
        note: str | None = None,
    ) -> Triaged:
        """Give alerts to people, or take them from some (``*``: from all)."""
        return self._label(Kind.ASSIGNEE, ids, act, add, remove, note)

    def tag(
        self,
        ids: Sequence[str],
        act: Act,
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
        note: str | None = None,
    ) -> Triaged:
        """Put tags on alerts, or take some off (``*``: all)."""
        return self._label(Kind.TAG, ids, act, add, remove, note)

    def _label(
        self,
        kind: Kind,
        ids: Sequence[str],
        act: Act,
        add: Sequence[str],
        remove: Sequence[str],
        note: str | None,
    ) -> Triaged:
        with self._database.writing() as connection:
            done = triage.set_labels(connection, ids, kind, add, remove, act)
            if note is not None:
                triage.add_note(connection, ids, note, act)
            return done

    def note(self, ids: Sequence[str], text: str, act: Act) -> Triaged:
        """Write a note on alerts."""
        with self._database.writing() as connection:
            return triage.add_note(connection, ids, text, act)

    # housekeeping

    def runs(
        self, rule_id: str | None = None, *, since: int | None = None, most: int = 1000
    ) -> list[RuleRun]:
        """The run log, latest first: of one rule, or of all."""
        with self._database.reading() as connection:
            return run_log.read(connection, rule_id, since, most)

    def delete_closed(self, before: int, act: Act) -> int:
        """Delete the alerts that were closed before a time; how many went.

        One that some sink has yet to be given stays. The audit trail stays.
        """
        gone = 0
        while True:  # some at a time, so that other writers have their turn
            with self._database.writing() as connection:
                some = retention.delete_closed(connection, before, 1000, act)
            gone += some
            if some < 1000:
                return gone

    def delete_runs(self, before: int) -> int:
        """Delete the rows of the run log that were written before a time; how many went."""
        with self._database.writing() as connection:
            return retention.delete_runs(connection, before)

    def compact(self) -> None:
        """Give the room of what was deleted back to the file system, and refresh statistics."""
        with self._database.alone() as connection:
            retention.compact(connection)

    def backup(self, file: Path) -> None:
        """Copy a SQLite store, as it is at one moment, to a new file; others go on meanwhile."""
        self._database.copy_to(file)
