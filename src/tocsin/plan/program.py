"""All rules' conditions as one program: what the matcher loads, what a start keeps for the next.

    conditions ──► leaves ──► covers: who is asked when ──► branches: in which order ──► tables

Plain values: tuples, numbers and arrays that pickle as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np

from tocsin.columns.cells import FieldSet
from tocsin.plan import tables
from tocsin.plan.branches import NEGATED, Branches
from tocsin.plan.covers import LEVELS, Cover, Covers, Likelihood
from tocsin.plan.grams import gram_flags, put_grams
from tocsin.plan.late import LateLeaves
from tocsin.plan.leaves import Check, Leaves, fields_of, leaves_of, number_leaves
from tocsin.plan.literals import Gram, find_grams, is_exact
from tocsin.plan.predicate import Exists, Predicate
from tocsin.plan.presence import by_kind
from tocsin.plan.tables import Bytes, Int32s, Int64s, Tables, bitsets

ROUTING_FIELDS = (
    "data_stream.type",
    "data_stream.dataset",
    "data_stream.namespace",
    "event.dataset",
    "agent.type",
)
"""What an event's index is told from where nobody says it; always among a program's fields."""


@dataclass(frozen=True)
class Program:
    """The conditions and index patterns of all stages, compiled; see `tables` for the arrays."""

    fields: FieldSet
    conditions: tuple[Predicate, ...]
    patterns: tuple[tuple[str, ...], ...]
    ints: Int32s
    longs: Int64s
    codes: Bytes

    def slot(self, name: str) -> int:
        """The slot of a field; KeyError if the program does not read it."""
        return self._slots[name]

    @cached_property
    def _slots(self) -> dict[str, int]:
        return {name: slot for slot, name in enumerate(self.fields.names)}


def compile_program(
    conditions: Sequence[Predicate],
    patterns: Sequence[tuple[str, ...]],
    extra_fields: Sequence[str] = (),
    timestamp: str = "@timestamp",
    *,
    nanoseconds: bool = False,
) -> Program:
    """Compile all stages: ``conditions[i]`` and the index ``patterns[i]`` are those of stage ``i``.

    Parameters
    ----------
    extra_fields
        Fields to read beyond those of the conditions: join keys, tiebreakers.
    timestamp, nanoseconds
        As in `FieldSet`.
    """
    told = tuple(map(by_kind, conditions))
    leaves = number_leaves(told)
    names = {field.name for leaf in leaves.leaves for field in fields_of(leaf)}
    fields = FieldSet(
        tuple(sorted(names.union(extra_fields, ROUTING_FIELDS))), timestamp, nanoseconds
    )
    out = _Compiler(leaves, fields, told).tables()
    return Program(
        fields=fields,
        conditions=tuple(conditions),
        patterns=tuple(patterns),
        ints=out.ints.array().astype(np.int32),
        longs=out.longs.array(),
        codes=np.frombuffer(bytes(out.codes) + bytes(8), dtype=np.uint8),
    )


_ON_TEXT = (Check.REGEX, Check.ORDER, Check.LENGTH, Check.PAIR)


def _words(bits: int) -> int:
    return (bits + 63) // 64


class _Compiler:
    """Holds what the parts of a program share while it is made."""

    def __init__(self, leaves: Leaves, fields: FieldSet, conditions: Sequence[Predicate]) -> None:
        self.leaves = leaves
        self.conditions = conditions
        self.slots = {name: slot for slot, name in enumerate(fields.names)}
        codes = list(dict.fromkeys(each.code for patterns in leaves.patterns for each in patterns))
        self.gram_of = dict(zip(codes, find_grams(codes), strict=True))
        self.likelihood = Likelihood(leaves, self.gram_of)
        covers = Covers(leaves, self.likelihood)
        self.covers: list[tuple[Cover, ...]] = [covers.of(condition) for condition in conditions]
        self.gate_words = _words(leaves.gates)
        self.late_bit = 64 * (self.gate_words + _words(leaves.words - leaves.gates))
        self.leaf_words = self.late_bit // 64 + _words(len(leaves.leaves) - leaves.words)
        self.stage_words = max(1, _words(len(conditions)))
        self.slot_words = _words(len(fields.names))
        self.leaf_covers: list[list[int]] = [[] for _ in leaves.leaves]
        self.slot_covers: list[list[int]] = [[] for _ in self.slots]
        self.keen: list[set[int]] = [set() for _ in self.slots]
        self.flags = np.zeros(len(self.slots), dtype=np.int32)

    def tables(self) -> Tables:
        """All tables."""
        out = Tables()
        self._share_covers()
        columns = self._put_patterns(out)
        self._put_late(out)
        self._put_slots(out, columns)
        self._put_stages(out)
        out.put_sets()
        for part, size in (
            (tables.GATE_WORDS, self.gate_words),
            (tables.LEAF_WORDS, self.leaf_words),
            (tables.STAGE_WORDS, self.stage_words),
            (tables.STATE_WORDS, self.leaf_words + LEVELS * self.stage_words),
            (tables.SLOT_WORDS, self.slot_words),
            (tables.LATE_BIT, self.late_bit),
            (tables.SLOTS, len(self.slots)),
        ):
            out.ints.size(part, size)
        return out

    def bit(self, leaf: int) -> int:
        """The bit of the state that stands for a leaf."""
        if leaf < self.leaves.gates:
            return leaf
        if leaf < self.leaves.words:
            return 64 * self.gate_words + leaf - self.leaves.gates
        return self.late_bit + leaf - self.leaves.words

    def _put_patterns(self, out: Tables) -> dict[int, list[int]]:
        """Put in the distinct patterns of each field; gives columns of the fields' records."""
        members: dict[tuple[int, bytes, bool], list[int]] = {}
        for leaf, (name, found) in enumerate(
            zip(self.leaves.names, self.leaves.patterns, strict=True)
        ):
            for each in found:
                members.setdefault((self.slots[name], each.code, each.fold), []).append(leaf)
        grams: dict[int, tuple[int, Gram]] = {}
        direct: list[list[int]] = [[] for _ in self.slots]
        exact = [0] * len(self.slots)
        rows = []
        for number, ((slot, code, fold), leaves) in enumerate(members.items()):
            plain, gram, first = is_exact(code), self.gram_of[code], out.code(code)
            bits = out.set(bit for leaf in leaves for bit in self._bits(leaf))
            rows.append((first, first + len(code), fold, plain, slot, bits, 0, 0))
            self.flags[slot] |= tables.TEXTS
            if plain:
                self.flags[slot] |= tables.EXACT
                exact[slot] += 1
            elif gram is None:
                self.flags[slot] |= tables.MEMO
                direct[slot].append(number)
            else:
                self.flags[slot] |= tables.MEMO | gram_flags(gram)
                grams[number] = slot, gram
        places = [2 << count.bit_length() for count in exact]
        out.ints.size(tables.PATTERNS, len(members))
        out.ints.put(tables.PATTERN, rows)
        out.ints.size(tables.EXACT_PLACES, sum(places))
        out.ints.put(tables.DIRECT, [number for numbers in direct for number in numbers])
        return {
            **put_grams(out, len(self.slots), grams, [row[0] for row in rows]),
            tables.EXACT_FIRST: list(accumulate(places, initial=0))[:-1],
            tables.EXACT_MASK: [count - 1 for count in places],
            **_limits(tables.DIRECT_FIRST, tables.DIRECT_LAST, direct),
        }

    def _share_covers(self) -> None:
        """Find the cover bits that each leaf sets, and that each field sets by being there."""
        for stage, covers in enumerate(self.covers):
            for level, cover in enumerate(covers):
                bit = 64 * (self.leaf_words + level * self.stage_words) + stage
                for leaf in cover:
                    slot = self.slots[self.leaves.names[leaf]]
                    if self.leaves.checks[leaf] is Check.NUMBER:
                        self.keen[slot].add(leaf)
                        self.leaf_covers[leaf].append(bit)
                    elif leaf < self.leaves.words:
                        self.leaf_covers[leaf].append(bit)
                    else:
                        self.slot_covers[slot].append(bit)

    def _bits(self, leaf: int) -> list[int]:
        """What a leaf that holds sets: its own bit and the cover bits of its stages."""
        return [self.bit(leaf), *self.leaf_covers[leaf]]

    def _put_late(self, out: Tables) -> None:
        late = slice(self.leaves.words, None)
        numbers = range(self.leaves.words, len(self.leaves.leaves))
        sets = [(out.set(self._bits(leaf)), out.set(self.leaf_covers[leaf])) for leaf in numbers]
        LateLeaves(out, self.slots).put(self.leaves.leaves[late], self.leaves.checks[late], sets)

    def _put_slots(self, out: Tables, columns: dict[int, list[int]]) -> None:
        """Put in the records of fields."""
        present = [list(covers) for covers in self.slot_covers]
        for leaf, (node, name, check) in enumerate(
            zip(self.leaves.leaves, self.leaves.names, self.leaves.checks, strict=True)
        ):
            if isinstance(node, Exists):
                present[self.slots[name]] += self._bits(leaf)
            if leaf < self.leaves.gates:
                self.flags[self.slots[name]] |= tables.GATE
            if check in _ON_TEXT:
                for field in fields_of(node):
                    self.flags[self.slots[field.name]] |= tables.TEXTS
        for slot, bits in enumerate(present):
            self.flags[slot] |= tables.PRESENT if bits else 0
        for slot, found in enumerate(self.keen):
            self.flags[slot] |= tables.KEENNESS if found else 0
        keen = [sorted(leaf - self.leaves.words for leaf in keen) for keen in self.keen]
        out.ints.put(tables.KEEN, [leaf for leaves in keen for leaf in leaves])
        columns |= {
            tables.FLAGS: self.flags.tolist(),
            tables.PRESENT_SET: [out.set(bits) for bits in present],
            **_limits(tables.KEEN_FIRST, tables.KEEN_LAST, keen),
        }
        out.ints.put(tables.SLOT, tables.records(columns, tables.SLOT_SIZE))

    def _put_stages(self, out: Tables) -> None:
        """Put in the code of all stages, and what each of them reads."""
        branches = Branches(self.leaves, self.likelihood.of)
        start = [
            branches.add(condition, frozenset().union(*covers))
            for condition, covers in zip(self.conditions, self.covers, strict=True)
        ]
        out.ints.put(tables.START, start)
        out.ints.put(
            tables.STEP,
            [
                number
                for leaf, accept, reject in branches.steps
                for number in (self.bit(leaf & ~NEGATED) | leaf & NEGATED, accept, reject)
            ],
        )
        free = [
            [stage for stage, covers in enumerate(self.covers) if len(covers) <= level]
            for level in range(LEVELS)
        ]
        out.longs.put(tables.FREE, bitsets(free, self.stage_words))
        names = self.leaves.names
        covering = [
            {self.slots[names[leaf]] for cover in covers for leaf in cover}
            for covers in self.covers
        ]
        out.longs.put(tables.COVER_SLOTS, bitsets(covering, self.slot_words))
        reading = [
            {self.slots[field.name] for leaf in leaves_of(condition) for field in fields_of(leaf)}
            for condition in self.conditions
        ]
        out.longs.put(tables.STAGE_SLOTS, bitsets(reading, self.slot_words))


def _limits(first: int, last: int, rows: Sequence[Sequence[int]]) -> dict[int, list[int]]:
    """Columns that say where lists that stand end to end begin and end."""
    ends = list(accumulate(map(len, rows), initial=0))
    return {first: ends[:-1], last: ends[1:]}
