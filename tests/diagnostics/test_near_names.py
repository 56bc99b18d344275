"""Which names are near a mistyped one."""

from tocsin.diagnostics.near import did_you_mean, near


def test_near_names_come_best_first():
    names = ["startsWith", "endsWith", "string", "stringContains", "length"]
    assert near("startwith", names)[0] == "startsWith"
    assert near("STRING", names)[0] == "string"
    assert near("xyz", names) == []
    assert near("lenght", names) == ["length"]


def test_equal_but_for_case_is_best():
    assert near("ab", ["abc", "AB", "aab"])[0] == "AB"


def test_the_limit_holds():
    names = [f"field{number}" for number in range(10)]
    assert near("field", names, limit=2) == ["field0", "field1"]


def test_the_hint():
    assert did_you_mean([]) == ""
    assert did_you_mean(["a"]) == "did you mean `a`?"
    assert did_you_mean(["a", "b", "c"]) == "did you mean `a`, `b` or `c`?"
