"""From the queue to an alert that is closed, with mouse, keyboard, in the dark and on a phone."""

from browser.views import each_view


@each_view
def test_the_queue_fits_and_is_accessible(tab):
    page = tab.go("/alerts")
    page.get_by_role("heading", name="Alerts", exact=True).wait_for()
    tab.fits()
    tab.accessible()


@each_view
def test_an_alert_fits_and_is_accessible(tab):
    page = tab.go("/alerts")
    page.locator("tbody").get_by_role("link", name="Kubeletctl").first.click()
    page.get_by_role("heading", name="Why the rule fired").wait_for()
    tab.fits()
    tab.accessible()


def test_an_alert_is_found_read_and_closed_with_a_reason(tab):
    page = tab.go("/alerts?sort=time&order=asc")
    tab.shot("alerts")
    link = page.locator("tbody a").first
    name = link.inner_text()
    link.click()
    assert page.locator("h1").inner_text() == name
    tab.shot("alert")
    page.get_by_label("Reason").select_option("false_positive")
    page.get_by_role("button", name="Close", exact=True).click()
    assert page.get_by_role("status").inner_text() == "1 alert changed."
    assert "closed (false positive)" in page.locator(".lead").inner_text()
    page.get_by_role("button", name="Reopen").click()
    assert "It is open" in page.locator(".lead").inner_text()


def test_dark_pages_are_dark(tab):
    tab.page.emulate_media(color_scheme="dark")
    page = tab.go("/alerts")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, colour.removeprefix("rgb(").rstrip(")").split(","))) < 200
    tab.shot("alerts-dark")
