"""Exceptions on rows of computed columns."""

from tocsin.alerts.excepted import Excepted
from tocsin.plan.lower_exceptions import lower_item
from tocsin.rules.exceptions import gather
from tocsin.rules.rule import Rule
from tocsin.schema.fields import Schema

RULE = Rule(id="r", name="R", type="esql")


def excepted(*items):
    found = gather([RULE], [{"rules": ["r"], **item} for item in items])
    lowered = [lower_item(item, Schema(), found.lists)[0] for item in found.of(RULE)]
    return Excepted(lowered)


def test_any_column_may_be_named():
    asked = excepted(
        {"entries": [{"field": "Esql.count", "value": "3"}, {"field": "user.name", "value": "a"}]},
        {"entries": [{"field": "Esql.hosts", "type": "wildcard", "value": "web-*"}]},
    )
    assert asked({"Esql.count": 3, "user.name": "a"})
    assert not asked({"Esql.count": 3, "user.name": "b"})
    assert not asked({"Esql.count": None, "user.name": ["a", "b"]})
    assert asked({"Esql.hosts": ["db-1", "web-2"]})
    assert not asked({})


def test_nothing_is_excepted_by_no_exception():
    assert not excepted()({"a": 1})
