"""A journal and a store in memory, which can be stopped anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.inputs.batch import padded
from tocsin.journal.frame import Frame, Kind, Placed, header_at, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.store.alert import RuleRun, Snapshot, StoredAlert


class Stopped(BaseException):
    """The process was killed."""


class MemoryJournal:
    """Frames in a buffer, packed as on disk."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._frames: list[tuple[int, bytes]] = []
        self.begin = 0
        self.kept_from = 0
        self.limit: int | None = None
        """No more than this can be read, as if it had not come yet."""

    def append(self, frame: Frame) -> int:
        packed = pack(frame)
        whole = packed.header(len(self._data), frame.accepted) + packed.body
        self._frames.append((len(self._data), whole))
        self._data += whole
        return len(self._data)

    @property
    def end(self) -> int:
        return len(self._data) if self.limit is None else self.limit

    @property
    def positions(self) -> list[int]:
        return [at + len(whole) for at, whole in self._frames]

    def read(self, position: int, most_bytes: int = 8 << 20) -> list[Placed]:
        found: list[Placed] = []
        frames = [(at, whole) for at, whole in self._frames if position <= at < self.end]
        if not frames:
            return []
        data = padded([whole for _, whole in frames])
        at = 0
        for begin, whole in frames:
            if at > most_bytes:
                break
            header = header_at(data.data, at, begin)
            assert header is not None
            found.append(unpack(data, at, header))
            at += len(whole)
        return found

    def wait(self, position: int, seconds: float) -> bool:
        return self.end > position

    def event(self, place: int) -> bytes:
        if place < self.kept_from:
            raise LookupError(place)
        return bytes(self._data[place : self._data.index(b"\n", place)])

    def keep_from(self, position: int) -> None:
        self.kept_from = max(self.kept_from, position)


class MemoryStore:
    """What was committed. ``fails``: before which commits the process is killed, by number."""

    def __init__(self) -> None:
        self.alerts: dict[str, StoredAlert] = {}
        self.commits = 0
        self.kept: Snapshot | None = None
        self.runs: list[RuleRun] = []
        self.at = 0
        self.dies_before = self.dies_after = -1

    def commit(
        self,
        position: int,
        alerts: Sequence[StoredAlert] = (),
        snapshot: Snapshot | None = None,
        runs: Sequence[RuleRun] = (),
    ) -> None:
        assert position >= self.at
        self.commits += 1
        if self.commits == self.dies_before:
            raise Stopped
        self.at = position
        self.alerts.update((alert.id, alert) for alert in alerts)
        self.kept = snapshot or self.kept
        self.runs += runs
        if self.commits == self.dies_after:
            raise Stopped

    def position(self) -> int:
        return self.at

    def snapshot(self) -> Snapshot | None:
        return self.kept


def events_frame(lines: Sequence[bytes], accepted: int, names: object = None) -> Frame:
    return Frame(Kind.EVENTS, accepted, "test", tuple(lines), names)  # type: ignore[arg-type]
