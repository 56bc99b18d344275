"""What a store has of an engine is one process's at a time, whatever becomes of the server."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from tocsin.server.identity import FILE
from tocsin.store.error import StoreAwayError, StoreTakenError
from tocsin.store.store import Store

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


def test_a_store_is_one_engines(place: str) -> None:
    with Store.open(place) as store, Store.open(place) as other:
        claim = store.claim()
        with pytest.raises(StoreTakenError, match=r"another engine (uses this store|goes by this)"):
            other.claim(patience=0.2)
        claim.step()
        claim.release()
        other.claim(patience=0).release()
        claim.step()
        with pytest.raises(StoreTakenError):
            other.claim(patience=0)
        claim.release()


def test_an_earlier_engine_may_take_its_time_to_end(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(place) as store, Store.open(place) as other:
        earlier = store.claim()
        monkeypatch.setattr(time, "sleep", lambda _: earlier.release())
        other.claim(patience=60).release()


def test_a_file_that_cannot_be_held_is_told(tmp_path: Path) -> None:
    with Store.open(tmp_path / "x.db") as store:
        (tmp_path / "x.db-engine-main").mkdir()
        with pytest.raises(StoreAwayError, match=r"x\.db: .*directory"):
            store.claim(patience=0)


def test_engines_of_other_names_share_a_store(postgresql: str) -> None:
    place = f"{postgresql}&schema=shared"
    with Store.open(place) as one, Store.open(place) as two, Store.open(place) as copy:
        one.act_for("a" * 32)
        two.act_for("b" * 32)
        copy.act_for("b" * 32)
        claims = [one.claim(patience=0), two.claim(patience=0)]
        with pytest.raises(StoreTakenError, match=FILE):
            copy.claim(patience=0)
        for claim in claims:
            claim.release()


def test_schemas_are_stores_of_their_own(postgresql: str) -> None:
    with (
        Store.open(f"{postgresql}&schema=one_engine") as one,
        Store.open(f"{postgresql}&schema=another") as other,
    ):
        claims = [one.claim(patience=0), other.claim(patience=0)]
        for claim in claims:
            claim.release()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_was_restarted_is_held_again_unless_somebody_else_came(
    postgresql: str,
) -> None:
    place = f"{postgresql}&schema=held"
    with Store.open(place) as store, Store.open(place) as other:
        claim = store.claim()
        cut(store)
        claim.step()
        with pytest.raises(StoreTakenError):
            other.claim(patience=0)
        cut(store)
        taken = other.claim(patience=1)
        with pytest.raises(StoreTakenError):
            claim.step()
        taken.release()
        claim.step()
        claim.release()
    gc.collect()  # the driver leaves sockets behind whose server is gone


def cut(store: Store) -> None:
    """End all other connections of the server, as its restart would."""
    with store._database.reading() as connection:
        connection.execute(text(CUT))
