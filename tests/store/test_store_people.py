"""People are kept by name, whatever its case, and what is done with them is in the trail."""

import pytest

from tocsin.store.error import StoreError
from tocsin.store.people import Person, fitting
from tocsin.store.triage import Act

ACT = Act("root", 7)
ANNA = Person("Anna", "$argon2id$x", "analyst", 5, 5)


def test_people_are_kept(store):
    store.add_person(ANNA, ACT)
    store.add_person(Person("bob", "h", "viewer", 6, 6), ACT)
    assert [one.name for one in store.people()] == ["Anna", "bob"]
    assert store.people()[0] == ANNA
    with pytest.raises(StoreError, match="there is a user anna already"):
        store.add_person(ANNA._replace(name="anna"), ACT)
    assert store.set_role("ANNA", "admin", ACT)
    assert store.set_password("anna", "other", Act("root", 9))
    assert store.people()[0] == Person("Anna", "other", "admin", 5, 9)
    assert store.set_password("anna", "third", Act("root", 2))
    assert store.people()[0].changed == 10
    assert store.remove_person("anna", ACT)
    assert [one.name for one in store.people()] == ["bob"]
    told = [(deed.action, deed.before, deed.after) for deed in store.trail()]
    assert ("user", "", "Anna analyst") in told
    assert ("user", "anna", "password changed") in told
    assert not any("other" in text or "argon" in text for deed in told for text in deed)


def test_nobody_is_changed_who_is_not_there(store):
    assert not store.set_role("x", "admin", ACT)
    assert not store.set_password("x", "h", ACT)
    assert not store.remove_person("x", ACT)
    assert store.trail() == []
    with pytest.raises(ValueError, match="role"):
        store.set_role("x", "king", ACT)


@pytest.mark.parametrize("name", ["", " a", "a\n", "a\x1b[1m", "x" * 65, "a\u202eb"])
def test_names_can_be_seen(store, name):
    assert not fitting(name)
    with pytest.raises(ValueError, match="name"):
        store.add_person(ANNA._replace(name=name), ACT)
