"""What a browser says of itself, in words somebody recognises, and nothing else of it."""

import pytest

from webapp.domain.browsers import address_in_words, browser_in_words

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
CHROMIUM = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{WINDOWS} {CHROMIUM} Safari/537.36", "Chrome on Windows"),
        (f"{WINDOWS} {CHROMIUM} Safari/537.36 Edg/142.0.0.0", "Edge on Windows"),
        (f"{WINDOWS} {CHROMIUM} Safari/537.36 OPR/125.0.0.0", "Opera on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "Firefox on Android"),
        (f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", "Safari on Mac"),
        (f"{IPHONE} Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (f"{IPHONE} CriOS/142.0.0.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        (f"{IPHONE} FxiOS/145.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"),
        (
            f"{IPHONE.replace('iPhone;', 'iPad;').replace('iPhone OS', 'OS')} Version/18.0 Safari/604.1",
            "Safari on iPad",
        ),
        (f"{ANDROID} {CHROMIUM} Mobile Safari/537.36", "Chrome on Android"),
        (f"{ANDROID} {CHROMIUM} SamsungBrowser/28.0 Mobile Safari/537.36", "Samsung Internet on Android"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 16181.61.0) {CHROMIUM} Safari/537.36", "Chrome on ChromeOS"),
        ("curl/8.5.0", "Unknown browser"),
        ("Something/1.0 (Linux)", "Unknown browser on Linux"),
        ("<script>alert(1)</script>", "Unknown browser"),
        ("", "Unknown browser"),
        (None, "Unknown browser"),
    ],
)
def test_a_browser_is_named_as_people_call_it(user_agent: str | None, words: str):
    assert browser_in_words(user_agent) == words


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("call 0900 to win", "Unknown address"),
        ("", "Unknown address"),
        (None, "Unknown address"),
    ],
)
def test_an_address_is_shown_only_if_it_is_one(address: str | None, words: str):
    assert address_in_words(address) == words
