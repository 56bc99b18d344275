"""One server for tests that only want it to stay alive."""

import pytest
from listening import running
from serving import Kept


@pytest.fixture(scope="module")
def shared_port():
    kept = Kept()
    with running(kept) as port:
        yield port, kept
