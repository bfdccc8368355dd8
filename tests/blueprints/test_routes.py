"""Every address with its guard: a new one has to be added here, where somebody reads it."""

import pytest
from flask import Blueprint, Flask

from webapp import create_app
from webapp.blueprints import GUARDS, GUARDS_OUTSIDE_BLUEPRINTS, Unguarded, guard_of
from webapp.config import Settings

ROUTES = """
/                                         GET   landing.home                  open_to_all
/accessibility                            GET   landing.accessibility         open_to_all
/callback                                 GET   auth.callback                 open_to_all
/dashboard                                GET   dashboard.dashboard           onboarded
/healthz                                  GET   status.healthz                open_to_all
/help                                     GET   landing.help                  open_to_all
/login                                    GET   auth.login                    open_to_all
/logout                                   POST  auth.logout                   open_to_all
/metrics                                  GET   status.metrics                open_to_all
/onboarding                               GET   onboarding.onboarding         signed_in
/onboarding                               POST  onboarding.onboarding_answer  signed_in
/privacy                                  GET   landing.privacy               open_to_all
/readyz                                   GET   status.readyz                 open_to_all
/settings/organisation                    GET   settings.organisation         owner
/settings/organisation                    POST  settings.organisation_save    owner
/settings/sessions                        GET   sessions.sessions             signed_in
/settings/sessions/<uuid:session_id>/end  POST  sessions.end                  signed_in
/settings/sessions/end-others             POST  sessions.end_others           signed_in
/sign-in-failed                           GET   auth.sign_in_failed           open_to_all
/static/<path:filename>                   GET   static                        open_to_all
/status                                   GET   status.service_status         open_to_all
/theme                                    POST  landing.theme                 open_to_all
/usage                                    GET   dashboard.usage               onboarded
/usage.json                               GET   dashboard.usage_json          onboarded
"""


def test_every_route_has_the_guard_it_is_listed_with(built_app: Flask):
    found = sorted(
        (
            rule.rule,
            ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})),
            rule.endpoint,
            guard_of(rule.endpoint).__name__,
        )
        for rule in built_app.url_map.iter_rules()
    )
    assert found == sorted(tuple(line.split()) for line in ROUTES.strip().splitlines())


def test_every_blueprint_and_every_route_of_flasks_own_is_listed_with_a_guard_and_nothing_else_is(built_app: Flask):
    outside = {rule.endpoint for rule in built_app.url_map.iter_rules() if "." not in rule.endpoint}

    assert set(built_app.blueprints) == set(GUARDS)
    assert outside == set(GUARDS_OUTSIDE_BLUEPRINTS)


@pytest.mark.parametrize("endpoint", ["forgotten", "unlisted.forgotten"])
def test_a_route_without_a_guard_is_found_and_never_answered(settings: Settings, endpoint: str):
    app = create_app(settings)
    place = Blueprint("unlisted", __name__) if "." in endpoint else app
    place.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    if isinstance(place, Blueprint):
        app.register_blueprint(place)

    with pytest.raises(Unguarded, match=endpoint):
        guard_of(endpoint)
    answer = app.test_client().get("/forgotten", base_url=settings.base_url)
    assert answer.status_code == 500
    assert b"secret" not in answer.data
