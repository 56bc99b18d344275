"""A real server on the loopback for a test: uvicorn in a thread."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from threading import Thread

from serving import NOW, Kept

from tocsin.server.assemble import Parts, assembled
from tocsin.server.limits import Limits
from tocsin.server.listen import Address, bound, server


@contextmanager
def running(log=None, limits=None, tls=None, told=None, **parts):
    """Give the port of a server that stands before a journal; ``told`` is called with it."""
    limits = limits or Limits()
    made = Parts(log or Kept(), lambda: NOW, limits, **parts)
    listening = bound(Address("127.0.0.1", 0))
    port = listening.getsockname()[1]
    served = server(assembled(made), limits, tls)
    thread = Thread(target=lambda: asyncio.run(served.serve([listening])))
    thread.start()
    while not served.started:
        time.sleep(0.005)
    if told is not None:
        told(served)
    try:
        yield port
    finally:
        served.stop()
        thread.join()
        made.workers.shutdown()
