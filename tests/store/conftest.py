"""Each test of a store runs on both databases; on PostgreSQL each has a schema of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from postgres import REASON, cluster, programs
from tocsin.store.store import Store

_NUMBER = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    found = programs()
    if found is None:
        pytest.skip(REASON)
    with cluster(found) as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def places(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Gives another place for a store each time."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("stores")
        return lambda: str(folder / f"store-{next(_NUMBER)}")
    url = request.getfixturevalue("postgresql")
    return lambda: f"{url}&schema=test_{next(_NUMBER)}"


@pytest.fixture
def place(places: Callable[[], str]) -> str:
    """Where a test may make a store."""
    return places()


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store.open(place) as opened:
        yield opened
