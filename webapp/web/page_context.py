"""What every page may use without its view passing it."""

from typing import Any

from flask import Flask, g, request

from webapp.config import Settings

THEME_COOKIE = "foyer_theme"
THEMES = ("light", "dark", "automatic")


def init_page_context(app: Flask) -> None:
    """Adds who is asking, the theme, the request's reference and what the deployment offers to every template."""
    settings: Settings = app.config["SETTINGS"]

    def common() -> dict[str, Any]:
        return {
            "visitor": g.get("visitor"),
            "theme": chosen_theme(),
            "reference": g.get("reference", "-"),
            "support_address": settings.support_address,
            "local_demo": settings.has_local_provider,
        }

    app.context_processor(common)


def chosen_theme() -> str:
    """The theme from the cookie; anything that is not one of ours means automatic."""
    theme = request.cookies.get(THEME_COOKIE, "automatic")
    return theme if theme in THEMES else "automatic"
