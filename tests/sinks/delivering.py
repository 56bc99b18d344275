"""An outbox in memory, and servers that answer as they are told."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple

from tocsin.sinks.dead_letters import DeadAlert, DeadLetter


class Outbox:
    """Alerts and cursors."""

    def __init__(self, *changes):
        self.all = list(changes)
        self.places = {}
        self.moves = []

    def changes(self, after, most, *, triage=False):
        found = [each for each in self.all if each.number > after]
        return [each for each in found if triage or each.kind != "triaged"][:most]

    def last_number(self):
        return self.all[-1].number if self.all else 0

    def cursors(self):
        return dict(self.places)

    def move_cursor(self, sink, number):
        self.places[sink] = number
        self.moves.append(number)


def change(number, kind="new", severity="high", *, building_block=False, changed=False, **more):
    """A change of the outbox."""
    document = {
        "@timestamp": "2026-08-21T12:00:00.000Z",
        "kibana.alert.uuid": f"id-{number}",
        "kibana.alert.rule.name": "A rule",
        "kibana.alert.severity": severity,
        "kibana.alert.workflow_status": "open",
        **more,
    }
    alert = DeadAlert(
        f"id-{number}",
        "rule-1",
        "A rule",
        severity,
        73.0,
        1_787_313_600_000,
        building_block,
        json.dumps(document).encode(),
    )
    return DeadLetter(number, kind, alert, changed)


class Asked(NamedTuple):
    """A request as a server had it."""

    path: str
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Server:
    """Answers with the next of ``answers``: (status, headers, body); 200 when there are none."""

    def __init__(self, context=None):
        self.asked = []
        self.answers = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked = Asked(self.path, dict(self.headers), body)
                outer.asked.append(asked)
                answer = outer.answers.pop(0) if outer.answers else (200, {}, b"")
                if callable(answer):
                    answer = answer(asked)
                if answer is None:
                    self.close_connection = True
                    return
                status, headers, text = answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_: None  # a client that left early is no failure
        self.http.block_on_close = False
        if context is not None:
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.scheme = "http" if context is None else "https"

    @property
    def url(self):
        return f"{self.scheme}://localhost:{self.http.server_port}"


@contextmanager
def serving(context=None):
    """A server at work."""
    server = Server(context)
    thread = Thread(target=server.http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        thread.join()
        server.http.server_close()
