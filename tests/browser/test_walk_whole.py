"""From an alert to a rule of one's own without a mouse: every step is Tab, letters and Enter."""

from playwright.sync_api import Locator, expect

QUESTION = 'process where process.name == "kubeletctl"'
FARTHEST = 400
"""Presses of Tab to get to anything on a page."""


def reach(page, wanted: Locator):
    """Press Tab until this has the focus; how often that took."""
    wanted.wait_for()
    here = wanted.element_handle()
    for presses in range(FARTHEST):
        if page.evaluate("one => document.activeElement === one", here):
            return presses
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {wanted}")


def press(page, wanted: Locator):
    """Go to a link or button by Tab, and press Enter."""
    reach(page, wanted)
    page.keyboard.press("Enter")


def choose(page, wanted: Locator, value):
    """Go to a list of choices by Tab, and to one of them by letters and arrows."""
    reach(page, wanted)
    page.keyboard.press("Home")
    for _ in range(20):
        if wanted.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"no key leads to {value}")


def test_an_alert_is_worked_on_and_a_rule_is_made_without_a_mouse(tab):
    page = tab.go("/alerts?sort=time&order=asc&q=kubeletctl")
    main = page.locator("main")
    press(page, page.locator("tbody").get_by_role("link", name="Kubeletctl").first)
    expect(page.get_by_role("heading", name="Why the rule fired")).to_be_visible()
    assert page.locator(".query mark.held").count() > 2
    assert page.locator("ul.tree [aria-current]").count() == 1

    press(page, page.locator("#guide ~ .prose a.button").first)
    page.wait_for_url("**/events?**")
    assert page.locator("ol.events > li").count() > 0
    page.go_back()

    choose(page, page.get_by_label("Reason"), "false_positive")
    press(page, page.get_by_role("button", name="Close", exact=True))
    expect(page.get_by_role("status")).to_contain_text("1 alert changed.")
    expect(page.locator(".lead")).to_contain_text("closed (false positive)")
    press(page, page.get_by_role("button", name="Reopen"))
    expect(page.locator(".lead")).to_contain_text("It is open")

    press(page, main.locator("a[href^='/rules/']").first)
    page.wait_for_url("**/rules/**")
    expect(page.get_by_role("heading", name="Query", exact=True)).to_be_visible()
    press(page, page.get_by_role("link", name="Matrix", exact=True))
    expect(page.get_by_role("heading", name="ATT&CK matrix")).to_be_visible()

    press(page, page.get_by_role("link", name="Ask", exact=True))
    reach(page, page.get_by_label("Question"))
    page.keyboard.insert_text(QUESTION)
    choose(page, page.locator("select[name=last]"), "all")
    press(page, page.get_by_role("button", name="Ask", exact=True))
    expect(page.locator("#found")).to_contain_text("event")

    press(page, page.get_by_role("link", name="Make a rule of it"))
    page.wait_for_url("**/ask/rule?**")
    reach(page, page.get_by_label("Name", exact=True))
    page.keyboard.insert_text("Made without a mouse")
    reach(page, page.get_by_label("Description: what it finds, and why that matters"))
    page.keyboard.insert_text("Finds it.")
    choose(page, page.locator("select[name=last]"), "all")
    press(page, page.get_by_role("button", name="Try it over the stored events"))
    expect(page.locator("#trial")).to_contain_text("alert")
    press(page, page.get_by_role("button", name="Save, disabled"))
    expect(page.get_by_role("status")).to_contain_text("Made without a mouse is saved")
    press(page, page.get_by_role("button", name="Remove Made without a mouse"))
    expect(main).to_contain_text("There are none yet")
