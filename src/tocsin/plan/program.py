"""All rules' conditions as one program: what the matcher loads, and what a start keeps for the next.

    conditions ──number──► leaves ──covers──► who is asked when ──branches──► code ──► tables

Plain values: tuples, numbers and arrays that pickle as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tocsin.columns.cells import FieldSet
from tocsin.plan import tables
from tocsin.plan.branches import NEGATED, Branches
from tocsin.plan.covers import LEVELS, Cover, Covers, Likelihood
from tocsin.plan.grams import put_grams
from tocsin.plan.late import put_late
from tocsin.plan.leaves import Check, Leaves, fields_of, leaves_of, number_leaves
from tocsin.plan.literals import SIZES, Gram, find_grams, is_exact
from tocsin.plan.predicate import Exists, Predicate, Test
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
    leaves = number_leaves(conditions)
    names = {field.name for leaf in leaves.leaves for field in fields_of(leaf)}
    fields = FieldSet(
        tuple(sorted(names.union(extra_fields, ROUTING_FIELDS))), timestamp, nanoseconds
    )
    out = _Compiler(leaves, fields, conditions).tables()
    return Program(
        fields=fields,
        conditions=tuple(conditions),
        patterns=tuple(patterns),
        ints=out.ints.array(),
        longs=out.longs.array(),
        codes=np.frombuffer(bytes(out.codes) + bytes(8), dtype=np.uint8),
    )


_ON_TEXT = (Check.REGEX, Check.ORDER, Check.LENGTH)


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
        self._put_patterns(out)
        self._share_covers()
        self._put_leaves(out)
        self._put_slots(out)
        self._put_stages(out)
        out.ints.put(tables.GATE_WORDS, self.gate_words)
        out.ints.put(tables.LEAF_WORDS, self.leaf_words)
        out.ints.put(tables.STAGE_WORDS, self.stage_words)
        out.ints.put(tables.SLOT_WORDS, self.slot_words)
        out.ints.put(tables.STATE_WORDS, self.leaf_words + LEVELS * self.stage_words)
        out.ints.put(tables.LATE_BIT, self.late_bit)
        out.ints.put(tables.LEAVES, len(self.leaves.leaves))
        return out

    def bit(self, leaf: int) -> int:
        """The bit of the state that stands for a leaf."""
        if leaf < self.leaves.gates:
            return leaf
        if leaf < self.leaves.words:
            return 64 * self.gate_words + leaf - self.leaves.gates
        return self.late_bit + leaf - self.leaves.words

    def _put_patterns(self, out: Tables) -> None:
        """Number the distinct patterns of each field and put them in."""
        members: dict[tuple[int, bytes, bool], list[int]] = {}
        for leaf, (name, found) in enumerate(
            zip(self.leaves.names, self.leaves.patterns, strict=True)
        ):
            for each in found:
                members.setdefault((self.slots[name], each.code, each.fold), []).append(leaf)
        grams: dict[int, tuple[int, Gram]] = {}
        direct: list[list[int]] = [[] for _ in self.slots]
        first = [out.code(code) for _, code, _ in members]
        for number, (slot, code, fold) in enumerate(members):
            gram = self.gram_of[code]
            self.flags[slot] |= tables.WORDS | tables.TEXTS
            if is_exact(code):
                self.flags[slot] |= tables.FOLDED if fold else tables.EXACT
            elif gram is None:
                direct[slot].append(number)
            else:
                self.flags[slot] |= tables.GRAMS if gram.size == SIZES[0] else tables.SHORT
                grams[number] = slot, gram
        out.ints.put(tables.PATTERNS, len(members))
        out.ints.put(tables.EXACTS, sum(is_exact(code) for _, code, _ in members))
        out.ints.put(tables.CODE_FIRST, first)
        out.ints.put(tables.CODE_LAST, [*first[1:], len(out.codes)][: len(first)])
        out.ints.put(tables.CODE_SLOT, [slot for slot, _, _ in members])
        out.ints.put(tables.CODE_FOLD, [fold for _, _, fold in members])
        out.ints.put(tables.CODE_EXACT, [is_exact(code) for _, code, _ in members])
        out.lists(tables.CODE_LEAF_FIRST, tables.CODE_LEAF, members.values())
        out.lists(tables.DIRECT_FIRST, tables.DIRECT, direct)
        put_grams(out, len(self.slots), grams, first)

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

    def _put_leaves(self, out: Tables) -> None:
        out.entries(
            tables.LEAF_FIRST,
            tables.LEAF_WORD,
            tables.LEAF_BITS,
            ([self.bit(leaf), *covers] for leaf, covers in enumerate(self.leaf_covers)),
        )
        late = slice(self.leaves.words, None)
        leaves, names = self.leaves.leaves[late], self.leaves.names[late]
        slots = [
            -1 if isinstance(leaf, Test) else self.slots[name]
            for leaf, name in zip(leaves, names, strict=True)
        ]
        put_late(out, leaves, self.leaves.checks[late], slots)

    def _put_slots(self, out: Tables) -> None:
        """Put in what goes by field."""
        present = [list(covers) for covers in self.slot_covers]
        for leaf, (node, name, check) in enumerate(
            zip(self.leaves.leaves, self.leaves.names, self.leaves.checks, strict=True)
        ):
            if isinstance(node, Exists):
                present[self.slots[name]] += (self.bit(leaf), *self.leaf_covers[leaf])
            if leaf < self.leaves.gates:
                self.flags[self.slots[name]] |= tables.GATE
            if check in _ON_TEXT:
                self.flags[self.slots[name]] |= tables.TEXTS
        for slot, keen in enumerate(self.keen):
            self.flags[slot] |= tables.WORDS if keen else 0
        out.ints.put(tables.FLAGS, self.flags)
        out.entries(tables.PRESENT_FIRST, tables.PRESENT_WORD, tables.PRESENT_BITS, present)
        keen = [sorted(leaf - self.leaves.words for leaf in keen) for keen in self.keen]
        out.lists(tables.KEEN_FIRST, tables.KEEN, keen)

    def _put_stages(self, out: Tables) -> None:
        """Put in the code of all stages, and what each of them reads."""
        branches = Branches(self.leaves, self.likelihood.of)
        start = [
            branches.add(condition, frozenset().union(*covers))
            for condition, covers in zip(self.conditions, self.covers, strict=True)
        ]
        out.ints.put(tables.START, start)
        out.ints.put(
            tables.STEPS,
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
        out.longs.put(tables.NEEDS, bitsets(map(self._needs, self.conditions), self.slot_words))

    def _needs(self, condition: Predicate) -> set[int]:
        return {
            self.slots[field.name] for leaf in leaves_of(condition) for field in fields_of(leaf)
        }
