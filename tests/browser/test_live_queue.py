"""New alerts are told of while somebody reads the queue."""

import pytest

from browser.demo_events import another, send


def test_new_alerts_are_told_and_nothing_moves(tab, site):
    page = tab.go("/alerts")
    first = page.locator("tbody tr").first
    before = first.bounding_box(), first.inner_text()
    send(site, [another()])
    news = page.locator("#news a")
    news.wait_for()
    assert news.inner_text().startswith("Show ")
    assert page.title().startswith("(")
    assert (first.bounding_box(), first.inner_text()) == before
    tab.accessible()
    news.click()
    page.wait_for_load_state()
    assert page.locator("#news a").count() == 0
    assert page.locator("tbody tr").first.inner_text() != before[1]


def test_only_alerts_of_the_question_are_told(tab, site):
    page = tab.go("/alerts?host=nowhere")
    with page.expect_response(
        lambda told: "/alerts.new" in told.url and told.json()["number"]
    ) as told:
        send(site, [another()])
    assert told.value.json()["new"] == 0
    assert page.locator("#news a").count() == 0


@pytest.mark.parametrize("tab", [{"java_script_enabled": False}], indirect=True)
def test_without_scripts_the_queue_is_loaded_again_by_a_link(tab):
    page = tab.go("/alerts?severity=high")
    page.get_by_role("link", name="Load again").click()
    assert page.url.endswith("/alerts?severity=high")
