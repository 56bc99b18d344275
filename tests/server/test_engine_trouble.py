"""The engine's process tells in one line what keeps it from its work."""

import logging
import signal

import pytest

from tocsin.server.engine_process import Prepared, Work, main
from tocsin.store.store import Store


@pytest.fixture
def work(tmp_path, monkeypatch):
    """What a process does whose rules are none, in a folder of its own."""
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    prepared = Prepared(None, "rules", 0)
    store = str(tmp_path / "tocsin.db")
    return Work(tmp_path, tmp_path / "journal", store, lambda: prepared, None, lambda: None)


def told(work, caplog):
    """What a process says that ends at once."""
    with pytest.raises(SystemExit) as ended:
        main(work, None)
    assert ended.value.code == 1
    (record,) = (each for each in caplog.records if each.levelno >= logging.WARNING)
    assert record.exc_info is None
    return record.getMessage()


def test_a_store_that_is_gone_is_told_and_no_other_is_made(work, caplog, tmp_path):
    said = told(work, caplog)
    assert said.startswith(f"the store cannot be used: {work.store}: no store there")
    assert not (tmp_path / "tocsin.db").exists()


def test_a_folder_without_an_identity_is_told(work, caplog, tmp_path):
    Store.open(work.store).close()
    (tmp_path / "journal").mkdir()
    (tmp_path / "engine.id").write_text("nobody")
    said = told(work, caplog)
    assert said == (
        f"the store cannot be used: {tmp_path / 'engine.id'} holds no engine's identity: "
        "restore it, or remove it"
    )
