"""Who is asked when: a condition that holds has a leaf of each of its covers that holds."""

from hypothesis import given
from hypothesis import strategies as st

from oracle import rows
from oracle.queries import conditions, events, schema
from tocsin.languages.eql.parser import parse
from tocsin.match.evaluate import Evaluator
from tocsin.plan.branches import ACCEPT, NEGATED, REJECT, Branches
from tocsin.plan.covers import LEVELS, Covers, Likelihood
from tocsin.plan.leaves import leaves_of, number_leaves
from tocsin.plan.literals import find_grams
from tocsin.plan.lower_eql import lower
from tocsin.plan.predicate import And, Constant, Exists, FieldRef, Not, Or, Text
from tocsin.schema.kinds import Kind

SCHEMA = schema()
NAME = FieldRef("process.name", Kind.KEYWORD)
CATEGORY = FieldRef("event.category", Kind.KEYWORD)
RARE, COMMON = Text(NAME, ("rare.exe",)), Text(NAME, ("*.exe",))
PROCESS = Text(CATEGORY, ("process",))


def tools(made):
    leaves = number_leaves(made)
    codes = [each.code for found in leaves.patterns for each in found]
    likelihood = Likelihood(leaves, dict(zip(codes, find_grams(codes), strict=True)))
    return leaves, likelihood, Covers(leaves, likelihood)


def covers_of(condition, others=()):
    leaves, _, covers = tools([condition, *others])
    return [{leaves.leaves[number] for number in cover} for cover in covers.of(condition)]


def lowered(text):
    return lower(parse("any where " + text), SCHEMA, text=text).stage.condition


@given(st.lists(conditions(), min_size=1, max_size=3), st.lists(events(), max_size=5))
def test_covers_are_hit_and_code_says_what_the_condition_says(texts, happened):
    made = [lowered(text) for text in texts]
    leaves, likelihood, covers = tools(made)
    branches = Branches(leaves, likelihood.of)
    found = [covers.of(condition) for condition in made]
    starts = [
        branches.add(condition, frozenset().union(*cover))
        for condition, cover in zip(made, found, strict=True)
    ]
    evaluator = Evaluator()
    for known in map(rows.flat, happened):

        def values(name, known=known):
            return known.get(name, [])

        held = [evaluator.leaf(leaf, values) for leaf in leaves.leaves]
        for condition, cover, start in zip(made, found, starts, strict=True):
            wanted = evaluator.holds(condition, values)
            assert len(cover) <= LEVELS
            if wanted:
                assert all(any(held[number] for number in numbers) for numbers in cover)
            step = start
            while step >= 0:
                leaf, accept, reject = branches.steps[step]
                step = accept if held[leaf & ~NEGATED] else reject
            assert step == (ACCEPT if wanted else REJECT)


@given(conditions())
def test_leaves_stand_once_and_in_groups(text):
    condition = lowered(text)
    leaves = number_leaves([condition, Not(condition)])
    assert set(leaves.leaves) == set(leaves_of(condition))
    assert len(leaves.leaves) == len(set(leaves.leaves))
    checks = [check.value for check in leaves.checks]
    assert all(check == 0 for check in checks[: leaves.words])
    assert all(check != 0 for check in checks[leaves.words :])


def test_the_rarest_leaves_are_taken():
    others = [And((COMMON, Text(NAME, (f"{number}.exe",)))) for number in range(50)]
    assert covers_of(And((PROCESS, COMMON, RARE)), others) == [{RARE}, {COMMON}]


def test_one_cover_of_an_or_has_a_leaf_of_each_term():
    other = Exists(FieldRef("dll.name", Kind.KEYWORD))
    assert covers_of(Or((RARE, other))) == [{RARE, other}]
    assert covers_of(Or((RARE, Not(other)))) == []
    assert covers_of(Not(Or((Not(RARE), Not(other))))) == covers_of(And((RARE, other)))


def test_gates_are_no_covers():
    assert covers_of(PROCESS) == []
    assert covers_of(And((PROCESS, RARE))) == [{RARE}]
    assert covers_of(Or((PROCESS, RARE))) == []


def test_what_never_holds_is_never_asked():
    assert covers_of(Constant(False)) == [set()]
    assert covers_of(And((RARE, Constant(False))))[0] == set()
    assert covers_of(Constant(True)) == []


def test_steps_carry_the_sign_of_a_leaf():
    leaves, likelihood, _ = tools([Not(And((RARE, Not(COMMON))))])
    branches = Branches(leaves, likelihood.of)
    branches.add(Not(And((RARE, Not(COMMON)))), frozenset())
    signs = {leaves.leaves[leaf & ~NEGATED]: bool(leaf & NEGATED) for leaf, _, _ in branches.steps}
    assert signs == {RARE: True, COMMON: False}
