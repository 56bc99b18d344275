"""From an alert to a rule of one's own without a mouse: every step is Tab, letters and Enter."""

QUESTION = 'process where process.name == "kubeletctl"'
FARTHEST = 400
"""Presses of Tab to get to anything on a page."""


def reach(page, wanted):
    """Press Tab until this has the focus; how often that took."""
    wanted.wait_for()
    here = wanted.element_handle()
    for presses in range(FARTHEST):
        if page.evaluate("one => document.activeElement === one", here):
            return presses
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {wanted}")


def press(page, wanted):
    """Go to a link or button by Tab, and press Enter."""
    reach(page, wanted)
    page.keyboard.press("Enter")


def choose(page, wanted, value):
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
    press(page, page.locator("tbody").get_by_role("link", name="Kubeletctl Run").first)
    page.get_by_role("heading", name="Why the rule fired").wait_for()
    tab.ready()
    assert page.locator(".query mark.held").count() > 2
    assert page.locator("ul.tree [aria-current]").count() == 1

    press(page, page.locator("#guide ~ .prose a.button").first)
    page.wait_for_url("**/events?**")
    tab.ready()
    assert page.locator("ol.events > li").count() > 0
    page.go_back()
    tab.ready()

    choose(page, page.get_by_label("Reason"), "false_positive")
    press(page, page.get_by_role("button", name="Close", exact=True))
    page.get_by_role("status").filter(has_text="1 alert changed.").wait_for()
    page.locator(".lead").filter(has_text="closed (false positive)").wait_for()
    press(page, page.get_by_role("button", name="Reopen"))
    page.locator(".lead").filter(has_text="It is open").wait_for()

    press(page, main.locator("a[href^='/rules/']").first)
    page.wait_for_url("**/rules/**")
    tab.ready()
    while "being read" in main.inner_text():
        page.reload()  # rules are read while pages are served already
    page.get_by_role("heading", name="Query", exact=True).wait_for()
    press(page, page.get_by_role("link", name="Matrix", exact=True))
    page.get_by_role("heading", name="ATT&CK matrix").wait_for()

    press(page, page.get_by_role("link", name="Ask", exact=True))
    reach(page, page.get_by_label("Question"))
    page.keyboard.insert_text(QUESTION)
    choose(page, page.locator("select[name=last]"), "all")
    press(page, page.get_by_role("button", name="Ask", exact=True))
    page.locator("#found").filter(has_text="event").wait_for()

    press(page, page.get_by_role("link", name="Make a rule of it"))
    page.wait_for_url("**/ask/rule?**")
    tab.ready()
    reach(page, page.get_by_label("Name", exact=True))
    page.keyboard.insert_text("Made without a mouse")
    reach(page, page.get_by_label("Description: what it finds, and why that matters"))
    page.keyboard.insert_text("Finds it.")
    choose(page, page.locator("select[name=last]"), "all")
    press(page, page.get_by_role("button", name="Try it over the stored events"))
    page.locator("#trial").filter(has_text="alert").wait_for()
    press(page, page.get_by_role("button", name="Save, disabled"))
    page.get_by_role("status").filter(has_text="Made without a mouse is saved").wait_for()
    press(page, page.get_by_role("button", name="Remove Made without a mouse"))
    main.filter(has_text="There are none yet").wait_for()
