"""System health: every part of it looked at when the page is opened, and what mends what is wrong."""

from datetime import UTC, datetime

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from webapp.blueprints.admin.places import admin_pages
from webapp.config import UNNAMED_RELEASE, Settings
from webapp.domain.health import CHECK_SECONDS, Grade, Part, summary
from webapp.gateways.provider_health import check_provider
from webapp.services.health import Looker, look_at_everything


@admin_pages.get("/health")
def health() -> ResponseReturnValue:
    settings: Settings = current_app.config["SETTINGS"]
    checks = look_at_everything(Looker((Part.PROVIDER,), lambda: [check_provider(settings.oidc_issuer)]))
    return render_template(
        "admin/health.html",
        checks=checks,
        summary=summary(checks),
        is_bad=any(check.grade is Grade.PROBLEM for check in checks),
        checked_at=datetime.now(UTC),
        release=settings.release if settings.release == UNNAMED_RELEASE else f"release {settings.release}",
        seconds=CHECK_SECONDS,
    )
