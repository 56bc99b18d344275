"""A browser before the pages of a store's alerts."""

import re
from concurrent.futures import ThreadPoolExecutor

from browsing import Tab
from serving import NOW, Kept

from tocsin.server.assemble import Parts, assembled
from tocsin.server.door import Policy
from tocsin.server.pages.alerts import AlertPages
from tocsin.server.pages.logins import Logins
from tocsin.server.pages.shell import Shell
from tocsin.server.sessions import Sessions

HTML = {"accept": "text/html"}


class Browser:
    """A client with cookies that reads tokens out of forms, as browsers do."""

    def __init__(self, store, *, keys=None, rule=lambda _: None, people=None, spare=None):
        self.now = NOW
        self.workers = ThreadPoolExecutor(1)
        self.sessions = Sessions(keys, lambda: self.now, people, spare)
        shell = Shell(self.workers, lambda: self.now, self.sessions)
        ways = [*Logins(shell).ways(), *AlertPages(shell, store, rule).ways()]
        policy = Policy(keys, visitors=self.sessions.caller)
        parts = Parts(Kept(), lambda: self.now, policy=policy, more=ways)
        self.app = assembled(parts)
        self.client = self.fresh()

    def fresh(self):
        return Tab(self.app)

    def get(self, url, **headers):
        return self.client.get(url, headers=HTML | headers)

    def token(self, url="/alerts"):
        page = self.get(url)
        if page.status_code == 303:  # to the login
            page = self.get("/login")
        return re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)[1]

    def post(self, url, fields, at=None, **headers):
        data = {"csrf": self.token(at or url), **fields}
        return self.client.post(url, data=data, headers=HTML | headers)
