"""Values of an attacker's on every page of alerts: no script runs, nothing is asked of others."""

import json

import pytest

from browser.demo_events import another, send
from browser.views import PHONE

SCRIPT = "<script>alert(1)</script><img src=//evil.example/x onerror=alert(2)>"
BREAKING = "\"'><svg onload=alert(3)><a href=javascript:alert(4)>go</a>"
TURNING = "\u202egpj.exe\u2066\x1b[31m\x07"


@pytest.mark.parametrize("tab", [{}, PHONE], ids=["wide", "phone"], indirect=True)
def test_hostile_values_do_nothing_in_a_browser(tab, site, request):
    hostile = {
        "host": {"name": f"{SCRIPT} {request.node.name}", "id": SCRIPT, "os": {"type": "linux"}},
        "user": {"name": f"{BREAKING} {TURNING} {request.node.name}"},
        "container": {"id": SCRIPT, "name": TURNING},
        "message": "A" * 1_000_000,
    }
    event = json.loads(another(**hostile))
    process = event["process"]
    process |= {"working_directory": TURNING, "command_line": f"{SCRIPT}{BREAKING}{TURNING}"}
    process["args"] = [*process["args"], SCRIPT, BREAKING, TURNING, "B" * 1_000_000]
    page = tab.go("/alerts?q=script&status=any")
    before = page.locator("tbody tr").count()
    send(site, [json.dumps(event).encode()])
    for _ in range(100):
        page = tab.go("/alerts?q=script&status=any")
        if page.locator("tbody tr").count() > before:
            break
        page.wait_for_timeout(200)
    assert page.locator("tbody tr").count() > before
    tab.fits()
    for by in ("host", "user", "rule"):
        tab.go(f"/alerts?q=script&group={by}")
        tab.fits()
    tab.accessible()
    page = tab.go("/alerts?q=script&group=user")
    row = page.locator("tbody tr", has_text=request.node.name)
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_text("alert changed.").or_(page.get_by_text("alerts changed.")).wait_for()
    assert not page.get_by_text("0 alerts changed.").count()
    page = tab.go("/alerts?q=script&status=any")
    page.locator("tbody a").first.click()
    page.wait_for_load_state()
    assert page.locator("main svg[onload], main img, main a[href^=javascript]").count() == 0
    for details in page.locator("main details").all():
        details.evaluate("one => { one.open = true; }")
    tab.fits()
    assert "\u202e" not in page.inner_text("main")
