"""What an operator asks the engine itself."""

from serving import NOW, Client

from tocsin.server.control import Control
from tocsin.server.door import Policy
from tocsin.server.keys import Keys, encoded, make_key


def test_status_is_for_readers_and_reload_for_admins():
    asked = []
    made = {scope: make_key(scope, (scope,), NOW) for scope in ("ingest", "read", "admin")}
    keys = Keys(lambda: [record for record, _ in made.values()])
    control = Control(lambda: {"troubles": []}, lambda: asked.append(1))
    client = Client(policy=Policy(keys), more=control.ways())

    def call(method, path, scope):
        record, secret = made[scope]
        headers = {"authorization": f"ApiKey {encoded(record.id, secret)}"}
        return client(method, path, headers=headers).status

    statuses = [call("GET", "/_tocsin/status", scope) for scope in made]
    assert statuses == [403, 200, 200]
    statuses = [call("POST", "/_tocsin/reload", scope) for scope in made]
    assert (statuses, asked) == ([403, 403, 202], [1])


def test_hosts_that_were_allowed_may_call():
    client = Client(policy=Policy(hosts=frozenset({"siem.example"})))
    assert client("GET", "/", headers={"host": "siem.example:9280"}).status == 200
    assert client("GET", "/", headers={"host": "localhost"}).status == 403
