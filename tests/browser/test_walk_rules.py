"""From the rules to one of them, its alerts, the matrix and the data, and back."""

import re
import time

from browser.views import each_view

RULE = "/rules/af964f64-c225-4bfa-b1cb-275714756ff5"
PAGES = ("/rules", RULE, "/rules/changes", "/matrix?by=ready", "/data", "/engine")


def settled(tab, path):
    """A page, once nothing in it is yet to be found out; rules are read in the background."""
    until = time.monotonic() + 120
    while True:
        answer = tab.page.goto(path)
        waits = re.compile(r"being (?:read|counted|looked through|run)|Not all was looked at")
        if answer.ok and not waits.search(tab.page.locator("main").inner_text()):
            return tab.page
        assert time.monotonic() < until, path
        time.sleep(0.5)


@each_view
def test_pages_of_rules_fit_and_are_accessible(tab):
    for path in PAGES:
        settled(tab, path)
        tab.fits()
        tab.accessible()


def test_from_a_rule_to_its_alerts_and_back(tab):
    page = settled(tab, "/rules?sort=alerts")
    tab.shot("rules")
    first = page.locator("tbody a").first
    name = first.inner_text()
    first.click()
    assert page.locator("h1").inner_text() == name
    page = settled(tab, page.url)
    tab.shot("rule")
    page.get_by_role("heading", name="Tests", exact=True).wait_for()
    page.locator("section", has=page.locator("#alerts")).get_by_role("link").first.click()
    assert "/alerts?" in page.url
    page.locator("tbody a").first.click()
    page.locator("dd a[href^='/rules/']").click()
    assert page.locator("h1").inner_text() == name


def test_from_the_matrix_to_rules_and_the_data(tab):
    page = settled(tab, "/matrix?by=ready")
    page.set_viewport_size({"width": 1100, "height": 560})
    tab.shot("matrix")
    page.get_by_role("link", name="By alerts").click()
    assert page.get_by_role("link", name="By alerts").get_attribute("aria-current") == "true"
    page.get_by_role("link", name="By rules", exact=True).click()
    page.locator("a.cell").first.click()
    assert "/rules?technique=" in page.url
    page = settled(tab, "/data")
    tab.shot("data")
    page.locator("tbody a").first.click()
    page.get_by_role("heading", name=re.compile("can fire on it")).wait_for()


def test_rules_are_found_with_the_keyboard_alone(tab):
    page = settled(tab, "/rules")
    page.get_by_label("Search").focus()
    page.keyboard.type("kubeletctl")
    page.keyboard.press("Enter")
    assert page.locator("caption").inner_text().startswith(("1 rule", "2 rules"))
    page.locator("tbody a").first.focus()
    page.keyboard.press("Enter")
    assert "kubeletctl" in page.locator("h1").inner_text().lower()
