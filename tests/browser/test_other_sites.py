"""What a real browser says about a form of another site, which is what the second lock goes by."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser

EVIL = "http://localhost:9/prize"
"""Another site to the browser, for which nobody has to listen: the test answers for it."""


def serve_prize(page: Page, app_url: str, token: str, headers: dict[str, str]) -> None:
    """A page elsewhere with a form for ours, which was even given a good token."""
    form = (
        f'<form method="post" action="{app_url}/theme"><input name="theme" value="dark">'
        f'<input name="csrf_token" value="{token}"><button>Win a prize</button></form>'
    )

    def answer(route: Route) -> None:
        route.fulfill(content_type="text/html", body=form, headers=headers)

    page.route(EVIL, answer)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Referrer-Policy": "no-referrer"}, {"Content-Security-Policy": "sandbox allow-forms"}],
    ids=["openly", "without a referrer", "from a sandbox"],
)
def test_a_form_of_another_site_changes_nothing(open_page: OpenPage, live_app: str, headers: dict[str, str]):
    page = open_page()
    page.goto("/help")
    token = page.locator("form[action='/theme'] input[name=csrf_token]").get_attribute("value")
    serve_prize(page, live_app, token or "", {"Content-Type": "text/html", **headers})

    page.goto(EVIL)
    with page.expect_response(f"{live_app}/theme") as sent:
        page.get_by_role("button", name="Win a prize").click()

    assert sent.value.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("That came from another site")
    assert "foyer_theme" not in {cookie.get("name") for cookie in page.context.cookies()}
    page.get_by_role("link", name="Go to the home page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One front door for every business")


def test_our_own_form_is_taken_also_where_the_referrer_is_withheld(open_page: OpenPage, live_app: str):
    """What privacy extensions do to our pages: the browser then says `Origin: null` of them."""
    page = open_page()

    def withhold(route: Route) -> None:
        answered = route.fetch()
        route.fulfill(response=answered, headers={**answered.headers, "referrer-policy": "no-referrer"})

    page.route(f"{live_app}/help", withhold)
    page.goto("/help")
    with page.expect_request(f"{live_app}/theme") as sent:
        page.get_by_role("button", name="Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    assert sent.value.all_headers()["origin"] == "null"
