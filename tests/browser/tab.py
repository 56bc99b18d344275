"""A tab of the browser: goes somewhere, notes what a page must not do, judges what it shows."""

import os
import struct
import time
import zlib
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
AXE = ROOT / ".venv" / "clients" / "axe-core" / "package" / "axe.min.js"
SHOTS = "TOCSIN_SCREENSHOTS"
"""Set by `make screenshots`: then pictures are written."""
LARGEST = 150_000
WATCH = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""
OVER = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const place = one.getBoundingClientRect();
  return place.width && place.right > document.documentElement.clientWidth + 1
    && !one.closest(".scroll, pre, .hidden, .skip, [hidden]");
}).slice(0, 5).map((one) => one.outerHTML.slice(0, 120))"""


class Tab:
    """Wraps a page of Playwright, which is `page`; ``troubles``: what it must not have done."""

    latest = None

    def __init__(self, page, site):
        self.page = page
        self.site = site
        self.troubles = []
        page.add_init_script(WATCH)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", self._asked)
        page.on("requestfailed", self._failed)
        page.on("domcontentloaded", lambda _: self._arrived())
        self.moving = False
        Tab.latest = self
        page.on("dialog", self._opened)

    def settle(self, seconds=20):
        """Wait until a page is there that the last click or key led to, if it led to one."""
        self.page.wait_for_timeout(100)
        end = time.monotonic() + seconds
        while self.moving and time.monotonic() < end:
            self.page.wait_for_timeout(20)

    def go(self, path):
        """Go to a page of the site; it must be there."""
        answer = self.page.goto(path)
        assert answer.ok, (path, answer.status)
        return self.page

    def fits(self):
        """Nothing makes the page wider than the window."""
        self.ready()
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            pytest.fail("\n".join(["too wide:", *self.page.evaluate(OVER)]), pytrace=False)

    def accessible(self):
        """Axe finds no serious fault; skips the rest of a test where it is not here."""
        if not AXE.exists():
            pytest.skip("axe-core is not here (.ci/axe fetches it)")
        self.ready()
        self.page.evaluate(_axe())
        faults = self.page.evaluate("axe.run().then((found) => found.violations)")
        grave = [fault for fault in faults if fault["impact"] in {"serious", "critical"}]
        told = [f"{one['id']}: {node['html'][:200]}" for one in grave for node in one["nodes"][:5]]
        if told:
            pytest.fail("\n".join(told), pytrace=False)

    def ready(self):
        """Wait until the page is: a click on a link comes back while the next one is on its way."""
        self.until("document.body && document.readyState === 'complete'")

    def until(self, holds, seconds=30):
        """Wait until an expression holds; asked from outside, since pages let no text be run."""
        from playwright.sync_api import Error

        end = time.monotonic() + seconds
        while True:
            try:
                if self.page.evaluate(f"Boolean({holds})"):
                    return
            except Error:  # the page went while it was asked
                if time.monotonic() > end:
                    raise
            assert time.monotonic() < end, holds
            self.page.wait_for_timeout(50)

    def shot(self, name, *, full=False):
        """A picture for the docs, where pictures were asked for."""
        if not os.environ.get(SHOTS):
            return
        content = smaller(self.page.screenshot(full_page=full))
        assert len(content) < LARGEST, f"{name}.png has {len(content):,} bytes"
        IMAGES.mkdir(exist_ok=True)
        (IMAGES / f"{name}.png").write_bytes(content)

    def _said(self, message):
        # a page that is refused on purpose is told of there too
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.troubles.append(message.text)

    def _opened(self, dialog):
        self.troubles.append(f"opened {dialog.message}")
        dialog.dismiss()

    def _failed(self, request):
        if request.is_navigation_request():
            self.moving = False

    def _arrived(self):
        self.moving = False

    def _asked(self, request):
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self.moving = True
        if not request.url.startswith((self.site, "data:")):
            self.troubles.append(f"asked {request.url}")


@cache
def _axe():
    return AXE.read_text(encoding="utf-8")


def smaller(png):
    """The same picture, packed as tightly as zlib can."""
    head, content, place = png[:8], b"", 8
    kept = []
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        if kind == b"IDAT":
            content += data
        else:
            kept.append((kind, data))
        place += length + 12
    packed = zlib.compress(zlib.decompress(content), 9)
    chunks = [*kept[:-1], (b"IDAT", packed), kept[-1]]
    return head + b"".join(map(_chunk, chunks))


def _chunk(part):
    kind, data = part
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def settling(method, keys=None):
    """A click or key that comes back when the page it leads to is there; Playwright's do not."""

    def acted(self, *given, **more):
        method(self, *given, **more)
        if keys is None or (given and given[0] in keys):
            Tab.latest.settle()

    return acted


@contextmanager
def opened_tab(chromium, site, request):
    """A tab of a browser that was never here; the fixture's parameter: options of its context."""
    options = {"viewport": {"width": 1280, "height": 800}} | getattr(request, "param", {})
    context = chromium.new_context(base_url=site, **options)
    context.set_default_timeout(float(os.environ.get("TOCSIN_BROWSER_PATIENCE", "20")) * 1000)
    tab = Tab(context.new_page(), site)
    yield tab
    context.close()
    assert tab.troubles == []
