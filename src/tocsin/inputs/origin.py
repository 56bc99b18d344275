"""Where events come from: one input of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from tocsin.inputs.memory import mapping_batches
from tocsin.inputs.recognise import recognised
from tocsin.inputs.report import Report
from tocsin.inputs.spool import Records

if TYPE_CHECKING:
    from tocsin.columns.cells import FieldSet
    from tocsin.inputs.arrow_batch import ArrowBatch
    from tocsin.inputs.batch import JsonBatch


class UsedUpError(RuntimeError):
    """An input that can be read only once was asked for a second time."""


class Origin(Protocol):
    """One input of many."""

    name: str
    spool: bool
    """Whether what can be read only once is to be kept on disk while it is read."""

    @property
    def size(self) -> int | None:
        """Bytes as they lie on disk, None if nobody knows."""
        ...

    @property
    def position(self) -> int:
        """How many of them have been read."""
        ...

    @property
    def delivered(self) -> int:
        """Decompressed bytes read so far."""
        ...

    def batches(
        self, number: int, names: Sequence[str], report: Report, fields: FieldSet | None
    ) -> Iterator[JsonBatch | ArrowBatch]:
        """All its events from the beginning; `number` is its place among the inputs."""
        ...

    def again(self, offsets: Sequence[int], report: Report) -> Iterator[tuple[int, bytes]]:
        """The events at these places, which rise; one that is gone is ``{}``, and that is noted."""
        ...

    def release(self) -> None:
        """Drop what is held only for speed: another input is read now."""
        ...

    def given(self, offset: int) -> Mapping[str, Any] | None:
        """The mapping that an event was made from."""
        ...


class MemoryOrigin:
    """Python mappings; an offset is a mapping's place among them."""

    name = "memory"
    size = 0
    position = 0

    def __init__(self, mappings: Iterable[Mapping[str, Any]]) -> None:
        self._mappings = mappings
        self._used = False
        self._copy: Records | None = None
        self.delivered = 0
        self.spool = False

    def batches(
        self,
        number: int,
        names: Sequence[str],
        report: Report,
        fields: FieldSet | None,  # noqa: ARG002
    ) -> Iterator[JsonBatch]:
        """The mappings from the first on."""
        passing = iter(self._mappings) is self._mappings
        if self._used and passing:
            raise UsedUpError("these events came from a generator, which can be read only once")
        self._used = True
        self.delivered = 0
        self._copy = Records() if passing and self.spool else None
        for batch in mapping_batches(self._mappings, number, names, report):
            self.delivered += batch.size
            ready = recognised(batch)
            if self._copy is not None:
                for row, offset in enumerate(ready.offsets.tolist()):
                    while len(self._copy) < offset:
                        self._copy.add(b"")
                    self._copy.add(ready.event(row))
            yield ready

    def again(
        self,
        offsets: Sequence[int],
        report: Report,  # noqa: ARG002
    ) -> Iterator[tuple[int, bytes]]:
        """The events of the mappings with these numbers."""
        if self._copy is not None:
            yield from ((offset, self._copy[offset]) for offset in offsets)
            return
        if iter(self._mappings) is self._mappings:
            raise UsedUpError("these events came from a generator and were not kept (spool)")
        if isinstance(self._mappings, Sequence):
            yield from ((offset, _event(self._mappings[offset])) for offset in offsets)
            return
        passing = enumerate(self._mappings)
        number, mapping = -1, None
        for offset in offsets:
            while number < offset:
                number, mapping = next(passing)
            yield offset, _event(mapping)

    def release(self) -> None:
        """Nothing is held."""

    def given(self, offset: int) -> Mapping[str, Any] | None:
        """The very mapping, if they are a sequence."""
        return self._mappings[offset] if isinstance(self._mappings, Sequence) else None


def _event(mapping: object) -> bytes:
    """The event of a mapping that was one before."""
    batch = next(mapping_batches([cast("Mapping[str, Any]", mapping)], 0, ("",), Report()))
    return recognised(batch).event(0)
