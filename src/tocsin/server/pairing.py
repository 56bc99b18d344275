"""Which lines of a bulk body are actions, and which are events.

Most action lines of a body are of a few forms that differ in their ids only. Each form is parsed
once, and lines in a row that are of known forms are read together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from tocsin.inputs.framing import PADDING
from tocsin.journal.newlines import joined
from tocsin.server.action import LONGEST_ID, Action, Actions, Fault, action_of, fault_of
from tocsin.server.action_kernel import alike
from tocsin.server.refusal import bad_request

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

MOST_KNOWN = 1_000
"""Distinct action lines that are kept while a body is read."""

MOST_FORMS = 32
"""Forms of action lines that are kept while a body is read."""

LONGEST_FORM = 1_000
"""Bytes of a form."""

TOGETHER = 16_384
"""Action lines that are read together, at most."""

_MARK = "some id"
_ID = re.compile(rb'"_id" ?: ?"').search
_PLAIN = re.compile(rb"[ !#-\[\]-~]{1,%d}" % LONGEST_ID).fullmatch
"""Ids that stand in JSON as they are, and that nothing is wrong with."""
_TWICE = re.compile(rb"_id|\\").search
"""What may make another string the id."""


class Paired(NamedTuple):
    """The actions of a body; ``lines``: the number of each event's line, -1 where there is none.

    ``faults``: why some cannot be done.
    """

    actions: Actions
    lines: Ints
    faults: dict[int, Fault]


def paired(data: Bytes, breaks: Ints, index: str) -> Paired:
    """Read the action lines of a body.

    Parameters
    ----------
    data
        The body, padded (`tocsin.inputs.framing.PADDING`).
    breaks
        Where its line breaks stand; the last byte of the body is one.
    index
        The name of the index for actions that have none.

    Raises
    ------
    RefusedError
        An action line cannot be read, or an event is missing.
    """
    pairing = _Pairing(data, breaks, index)
    while pairing.line < len(breaks):
        pairing.step()
    lines = np.concatenate(pairing.lines) if pairing.lines else np.empty(0, np.int64)
    return Paired(pairing.actions, lines, pairing.faults)


class _Forms:
    """The forms that lines had so far, as the kernel reads them; ``kinds``: their actions."""

    def __init__(self) -> None:
        self.text = np.empty(MOST_FORMS * LONGEST_FORM, np.uint8)
        self.spans = np.zeros((MOST_FORMS, 4), np.int64)
        self.kinds: list[int] = []
        self._tried: set[tuple[bytes, bytes]] = set()

    def fresh(self, head: bytes, tail: bytes) -> bool:
        """Whether a form is worth a try: there is room, and it was none before."""
        if len(self._tried) >= MOST_FORMS or len(head) + len(tail) > LONGEST_FORM:
            return False
        around = head, tail
        if around in self._tried:
            return False
        self._tried.add(around)
        return True

    def add(self, head: bytes, tail: bytes, kind: int, *, named: bool) -> None:
        """Know one more."""
        number = len(self.kinds)
        begin = int(self.spans[number - 1, 2]) if number else 0
        cut, end = begin + len(head), begin + len(head) + len(tail)
        self.text[begin:end] = np.frombuffer(head + tail, np.uint8)
        self.spans[number] = begin, cut, end, named
        self.kinds.append(kind)


_Read: TypeAlias = tuple[Action | None, Fault | None]


class _Pairing:
    """Goes through the lines of a body. ``line``: the number of the next one."""

    def __init__(self, data: Bytes, breaks: Ints, index: str) -> None:
        self._data = data
        self._breaks = breaks
        self._index = index
        self._known: dict[bytes, _Read] = {}
        self._forms = _Forms()
        self._room = np.empty((3, min(TOGETHER, len(breaks) // 2 + 1)), np.int64)
        self.line = 0
        self.actions = Actions()
        self.lines: list[Ints] = []
        self.faults: dict[int, Fault] = {}

    def step(self) -> None:
        """Read one action line at least."""
        if self._forms.kinds and self._together():
            return
        begin = int(self._breaks[self.line - 1]) + 1 if self.line else 0
        line = self._data[begin : int(self._breaks[self.line])].tobytes()
        if not self._is_of_a_form(line):
            self._alone(line)

    def _together(self) -> bool:
        """Take all lines of known forms that follow each other; whether there are any."""
        forms, (which, begins, ends) = self._forms, self._room
        known = forms.text, forms.spans, len(forms.kinds), LONGEST_ID
        count = alike(self._data, self._breaks, self.line, *known, which, begins, ends)
        if count:
            kinds = np.array(forms.kinds)[which[:count]].tolist()
            self.actions.put(kinds, self._ids(begins[:count], ends[:count]))
            self.lines.append(np.arange(self.line + 1, self.line + 2 * count, 2))
            self.line += 2 * count
        return count > 0

    def _ids(self, begins: Ints, ends: Ints) -> list[str]:
        """The texts of plain ids."""
        size = int((ends - begins).sum()) + len(begins)
        if size == len(begins):
            return [""] * size
        out = np.empty(size + PADDING, np.uint8)
        joined(self._data, begins, ends, out, 0)
        return str(out.data[: size - 1], "ascii").split("\n")

    def _is_of_a_form(self, line: bytes) -> bool:
        """Whether a line shows a form that was not known, which the kernel then reads."""
        head, tail = line, b""
        found = _ID(line)
        if found:
            name, quote, behind = line[found.end() :].partition(b'"')
            head, tail = line[: found.end()], quote + behind
            if not _PLAIN(name) or _TWICE(line[: found.start()] + behind):
                return False
        if not self._forms.fresh(head, tail):
            return False
        action, fault = self._parsed(head + (_MARK.encode() if found else b"") + tail)
        if action is None or fault is not None or action.id != (_MARK if found else ""):
            return False
        self._forms.add(head, tail, len(self.actions.kinds), named=bool(found))
        self.actions.kinds.append(action)
        return True

    def _alone(self, line: bytes) -> None:
        """Take one action line, whatever it is."""
        known = self._known.get(line)
        if known is None:
            known = self._parsed(line)
            if len(self._known) < MOST_KNOWN:
                self._known[line] = known
        action, fault = known
        self.line += 1
        if action is None:
            return
        if fault is not None:
            self.faults[len(self.actions)] = fault
        if action.verb == "delete":
            self.lines.append(_NONE)
        elif self.line < len(self._breaks):
            self.lines.append(np.array([self.line]))
            self.line += 1
        else:
            raise bad_request(f"line {self.line}: the event of this action is missing")
        self.actions.add(action)

    def _parsed(self, line: bytes) -> _Read:
        """What a line says, nothing if it is blank; and why that cannot be done."""
        if not line or line.isspace():
            return None, None
        action = action_of(line, self.line + 1, self._index)
        return action, fault_of(action)


_NONE = np.array([-1])
