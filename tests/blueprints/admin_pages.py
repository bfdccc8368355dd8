"""Pages behind the guards of platform admins, which no page of the product has yet: each says what it was asked."""

import uuid

import pytest
from flask import Blueprint, Flask, request

from webapp.blueprints import GUARDS
from webapp.web.access import Guard, fresh_sign_in, platform_admin, platform_admin_fresh

ADMIN, DESTRUCTIVE, ANYBODY = "/admin-page", "/destructive", "/destructive-for-anybody"
PLACES: dict[str, Guard] = {ADMIN: platform_admin, DESTRUCTIVE: platform_admin_fresh, ANYBODY: fresh_sign_in}


def add_admin_pages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Adds them to an application that has not answered anything yet. Returns a list that grows by what is done."""
    done: list[str] = []

    def view(**_ids: uuid.UUID) -> str:
        done.append(f"{request.method} {request.full_path.rstrip('?')}")
        return "<!doctype html><title>done</title>"

    for path, guard in PLACES.items():
        blueprint = Blueprint(f"of_the_test_{guard.__name__}", __name__)
        blueprint.add_url_rule(path, "page", view, methods=["GET", "POST"])
        blueprint.add_url_rule(f"{path}/only-posted", "only_posted", view, methods=["POST"])
        monkeypatch.setitem(GUARDS, blueprint.name, guard)
        app.register_blueprint(blueprint)
    return done
