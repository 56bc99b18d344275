"""The queue and an alert by the keyboard alone; the shortcuts can be switched off."""

import pytest

from browser.views import each_view


def focused(page, script="document.activeElement.textContent"):
    return page.evaluate(script).strip()


def test_an_alert_is_opened_and_closed_with_keys(tab):
    page = tab.go("/alerts?sort=time&order=asc&size=5")
    names = page.locator("tbody tr a").all_inner_texts()
    page.keyboard.press("j")
    assert focused(page) == names[0]
    for key, row in (("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert focused(page) == names[row]
    page.keyboard.press("Enter")
    page.locator("h2", has_text="Why the rule fired").wait_for()
    tab.ready()
    page.keyboard.press("c")
    assert focused(page, "document.activeElement.name") == "reason"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert focused(page) == "Close"
    page.keyboard.press("Enter")
    page.get_by_text("1 alert changed.").wait_for()
    tab.ready()
    page.keyboard.press("o")
    page.get_by_text("It is open").wait_for()


def test_rows_are_chosen_and_acknowledged_with_keys(tab):
    page = tab.go("/alerts?sort=time&order=asc&size=5")
    for key in "jxjx":
        page.keyboard.press(key)
    assert page.locator("tbody input:checked").count() == 2
    page.keyboard.press("a")
    page.get_by_text("2 alerts changed.").wait_for()
    tab.ready()
    assert page.locator("tbody tr td", has_text="acknowledged").count() == 2
    for key in "jxjxo":
        page.keyboard.press(key)
    tab.until("!document.querySelector('tbody').textContent.includes('acknowledged')")


def test_keys_are_letters_in_a_field_and_nothing_once_switched_off(tab):
    page = tab.go("/alerts")
    page.keyboard.press("/")
    page.keyboard.type("jkx?a")
    assert page.get_by_label("Search").input_value() == "jkx?a"
    page.get_by_label("Search").blur()
    page.keyboard.press("?")
    page.get_by_text("the next row").wait_for()
    page.get_by_role("button", name="Switch them off").press("Enter")
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")
    page.locator("#shortcuts summary").click()
    page.get_by_role("button", name="Switch them on").click()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('tbody') !== null")


@each_view
def test_groups_fit_and_are_accessible(tab):
    page = tab.go("/alerts?group=rule")
    assert "by rule" in page.locator("caption").inner_text()
    tab.fits()
    tab.accessible()


def test_a_group_leads_to_its_alerts(tab):
    page = tab.go("/alerts?group=rule")
    tab.shot("alerts-groups")
    page.locator("tbody a").first.click()
    page.wait_for_load_state()
    assert page.locator("tbody input[name=id]").count() > 0


@pytest.mark.parametrize("path", ["/login", "/alerts?q=nothing+such", "/alerts?since=x"])
def test_pages_beside_the_queue_are_accessible(tab, path):
    tab.page.goto(path)
    tab.fits()
    tab.accessible()
