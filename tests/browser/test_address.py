"""The address of the whole gallery: back and forward over tabs and parts, and who is quicker than the page."""

from playwright.sync_api import expect

WAIT = 40_000


def test_back_returns_to_the_tab_before_and_forward_goes_on(visit):
    visitor = visit("seed=12")
    page = visitor.page

    def opened(slug):
        page.locator(f"[role=tab][data-tab-id={slug}][aria-selected=true]").first.wait_for()
        page.wait_for_function(f"() => location.search.includes('tab={slug}')")

    for slug in ("translation", "cnn"):
        page.locator(f"[role=tab][data-tab-id={slug}]").first.click()
        opened(slug)
    visitor.part("Paint it out")
    page.wait_for_function("() => location.search.includes('part=paint')")
    page.go_back()
    expect(page.get_by_role("tab", name="What is it?")).to_have_attribute("aria-selected", "true")
    assert "tab=cnn" in page.url and "part=" not in page.url
    page.go_back()
    opened("translation")
    page.go_back()
    page.locator("[role=tab][data-tab-id=char-rnn][aria-selected=true]").first.wait_for()
    page.wait_for_function("() => location.search.includes('seed=12')")
    for slug in ("translation", "cnn"):
        page.go_forward()
        opened(slug)
    page.go_forward()
    expect(page.get_by_role("tab", name="Paint it out")).to_have_attribute("aria-selected", "true")


def test_who_clicks_before_the_page_has_read_its_address_is_not_sent_back(visit):
    visitor = visit()
    page = visitor.page
    page.route("**/run/predict*", lambda route: (page.wait_for_timeout(1500), route.continue_()))
    page.goto(visitor.address)
    page.locator("[role=tab][data-tab-id=translation]").first.click()
    page.locator("#translation .ribbon.target span").first.wait_for(timeout=WAIT)
    page.wait_for_timeout(1000)
    expect(page.locator("[role=tab][data-tab-id=translation]").first).to_have_attribute("aria-selected", "true")
