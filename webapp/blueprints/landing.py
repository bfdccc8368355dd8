"""The pages anybody may read, and the choice of a theme."""

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.domain.industries import industries_to_choose
from webapp.gateways import identity_provider
from webapp.web.page_context import THEME_COOKIE, THEMES
from webapp.web.redirects import safe_path

landing_pages = Blueprint("landing", __name__)

ONE_YEAR = 365 * 24 * 3600


@landing_pages.get("/")
def home() -> ResponseReturnValue:
    return render_template(
        "landing/home.html", industries=industries_to_choose(), sign_in_down=identity_provider.is_known_to_be_away()
    )


@landing_pages.get("/help", endpoint="help")
def help_page() -> ResponseReturnValue:
    return render_template("landing/help.html")


@landing_pages.get("/privacy")
def privacy() -> ResponseReturnValue:
    return render_template("landing/privacy.html")


@landing_pages.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    return render_template("landing/accessibility.html")


@landing_pages.post("/theme")
def theme() -> ResponseReturnValue:
    """Light or dark in a cookie, automatic by having none; back to the page it was chosen on."""
    chosen = request.form.get("theme", "")
    if chosen not in THEMES:
        abort(400)
    response = redirect(safe_path(request.form.get("next")) or url_for("landing.home"), 303)
    is_secure = current_app.config["SETTINGS"].is_production
    if chosen == "automatic":
        response.delete_cookie(THEME_COOKIE, secure=is_secure, httponly=True, samesite="Lax")
    else:
        response.set_cookie(THEME_COOKIE, chosen, max_age=ONE_YEAR, secure=is_secure, httponly=True, samesite="Lax")
    return response
