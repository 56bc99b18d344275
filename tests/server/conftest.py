"""One server for tests that only want it to stay alive; pages over a store."""

import pytest
from alert_browser import Browser
from listening import running
from serving import Kept

from tocsin.store.store import Store


@pytest.fixture(scope="module")
def shared_port():
    kept = Kept()
    with running(kept) as port:
        yield port, kept


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "alerts.db") as found:
        yield found


@pytest.fixture
def browser(store):
    found = Browser(store)
    yield found
    found.workers.shutdown()
