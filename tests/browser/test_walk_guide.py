"""An alert about a Kubelet: its steps, the buttons of its guide, its response."""

import re

from browser.views import each_view


def an_alert(tab):
    """The page of the first call of kubeletctl in a container, everything looked at."""
    page = tab.go("/alerts?status=any&q=kubeletctl&sort=time&order=asc")
    link = page.locator("tbody").get_by_role("link", name="Kubeletctl").nth(1)
    return tab.go(f"{link.get_attribute('href')}?all=1")


@each_view
def test_steps_and_response_fit_and_are_accessible(tab):
    page = an_alert(tab)
    page.get_by_role("heading", name="What the stored events say").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.get_by_text("kind: NetworkPolicy").wait_for()
    tab.fits()
    tab.accessible()


def test_a_step_says_what_was_asked_and_leads_to_the_events(tab):
    page = an_alert(tab)
    step = page.locator("#step-other_nodes")
    assert "10.20.0.0/28" in step.inner_text()
    link = step.locator(".asked a").first
    number = int(re.search(r"\d+", link.inner_text())[0])
    link.click()
    page.get_by_role("heading", name="Events", exact=True).wait_for()
    assert page.locator("ol.events > li").count() == number
    tab.fits()
    tab.accessible()


def test_a_button_of_the_guide_leads_to_what_it_counted(tab):
    page = an_alert(tab)
    button = page.locator("#guide ~ .prose a.button").first
    number = int(re.search(r"\d+", button.inner_text())[0])
    assert number > 1
    page.get_by_role("heading", name="What the stored events say").evaluate(
        "one => one.scrollIntoView()"
    )
    tab.shot("alert-steps")
    button.focus()
    tab.shot("alert-guide")
    page.keyboard.press("Enter")
    page.wait_for_url("**/events?**")
    assert page.locator("ol.events > li").count() == number


def test_a_text_of_the_response_is_copied(tab):
    page = an_alert(tab)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#action-network_policy > summary").click()
    page.locator("#action-network_policy").get_by_role("button", name="Copy").nth(1).click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("apiVersion: networking")
