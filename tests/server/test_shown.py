"""``filter_path``."""

import pytest

from tocsin.server.shown import shown

TREE = {
    "took": 1,
    "errors": True,
    "items": [
        {"create": {"_id": "a", "status": 201}},
        {"index": {"error": {"type": "t", "reason": "r"}, "status": 400}},
    ],
}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("took", {"took": 1}),
        (
            "errors,items.*.error",
            {"errors": True, "items": [{"index": {"error": {"type": "t", "reason": "r"}}}]},
        ),
        ("items.*.status", {"items": [{"create": {"status": 201}}, {"index": {"status": 400}}]}),
        ("items.cr*te.s*", {"items": [{"create": {"status": 201}}]}),
        ("**.reason", {"items": [{"index": {"error": {"reason": "r"}}}]}),
        ("items.**.type", {"items": [{"index": {"error": {"type": "t"}}}]}),
        ("-items", {"took": 1, "errors": True}),
        ("items.*.error,-**.reason", {"items": [{"index": {"error": {"type": "t"}}}]}),
        ("nothing", {}),
        ("took.deeper", {}),
    ],
)
def test_only_what_is_asked_for_is_shown(path, wanted):
    assert shown(path).of(TREE) == wanted


@pytest.mark.parametrize("path", ["", ",", " "])
def test_nothing_asked_is_everything(path):
    assert shown(path) is None
