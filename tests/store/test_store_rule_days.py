"""How many alerts each rule gave on each day."""

from made import made

DAY = 86_400_000


def test_alerts_are_counted_by_rule_and_day(store):
    at = 20_000 * DAY
    store.put(
        [
            made(1, rule_id="a", timestamp=at),
            made(2, rule_id="a", timestamp=at + DAY - 1),
            made(3, rule_id="a", timestamp=at + DAY),
            made(4, rule_id="b", timestamp=at),
            made(5, rule_id="b", timestamp=at - 1),
            made(6, rule_id="c", timestamp=-1),
        ]
    )
    assert sorted(store.by_rule_and_day(at)) == [
        ("a", 20_000, 2),
        ("a", 20_001, 1),
        ("b", 20_000, 1),
    ]
    every = {(rule, day): number for rule, day, number in store.by_rule_and_day(-DAY)}
    assert every["c", -1] == 1
    assert every["b", 19_999] == 1
    assert sum(every.values()) == 6
    assert store.by_rule_and_day(at + 2 * DAY) == []
