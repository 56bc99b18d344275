"""The engine's process goes on with its rules, whatever is wrong with new ones."""

import pytest

from tocsin.server.engine_process import Prepared, PreparingError, Work, _reload, _Rules


class Pipe:
    def __init__(self):
        self.sent = []

    def send(self, told):
        self.sent.append(told)


@pytest.mark.parametrize(
    "error", [PreparingError("no usable rule"), RuntimeError("a loop of links"), MemoryError()]
)
def test_rules_that_cannot_be_loaded_leave_the_former_ones(tmp_path, error, caplog):
    def prepare():
        raise error

    rules, pipe = _Rules(Prepared(None, "before", 1)), Pipe()
    _reload(Work(tmp_path, tmp_path, "", prepare, None, None), rules, pipe)
    ((kind, told),) = pipe.sent
    assert (kind, rules.active, rules.latest) == ("not reloaded", "before", "before")
    assert str(error) in told
    traced = [] if isinstance(error, PreparingError) else [error]
    assert [record.exc_info[1] for record in caplog.records] == traced
