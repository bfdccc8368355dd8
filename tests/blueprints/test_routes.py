"""Every address with its guard: a new one has to be added here, where somebody reads it."""

import pytest
from flask import Blueprint, Flask

from webapp import create_app
from webapp.blueprints import GUARDS, GUARDS_OUTSIDE_BLUEPRINTS, Unguarded, guard_of
from webapp.config import Settings

ROUTES = """
/                                         GET   landing.home                  open_to_all
/accessibility                            GET   landing.accessibility         open_to_all
/admin GET admin.overview platform_admin
/admin/audit GET admin.audit platform_admin
/admin/audit.csv GET admin.audit_csv platform_admin
/admin/health GET admin.health platform_admin
/admin/limits GET admin.limits platform_admin
/admin/organisations GET admin.organisations platform_admin
/admin/organisations.csv GET admin.organisations_csv platform_admin
/admin/organisations/<uuid:organisation_id> GET admin.organisation platform_admin
/admin/organisations/<uuid:organisation_id> POST admin.organisation_save platform_admin
/admin/organisations/<uuid:organisation_id>/reset-usage GET admin_changes.organisation_reset platform_admin_fresh
/admin/organisations/<uuid:organisation_id>/reset-usage POST admin_changes.organisation_reset_save platform_admin_fresh
/admin/organisations/<uuid:organisation_id>/resume GET admin_changes.organisation_resume platform_admin_fresh
/admin/organisations/<uuid:organisation_id>/resume POST admin_changes.organisation_resume_save platform_admin_fresh
/admin/organisations/<uuid:organisation_id>/suspend GET admin_changes.organisation_suspend platform_admin_fresh
/admin/organisations/<uuid:organisation_id>/suspend POST admin_changes.organisation_suspend_save platform_admin_fresh
/admin/people GET admin.people platform_admin
/admin/people/<uuid:user_id>              GET   admin.person                        platform_admin
/admin/people/<uuid:user_id>/look         GET   admin.person_look                   platform_admin
/admin/people/<uuid:user_id>/look         POST  admin.person_look_save              platform_admin
/admin/people/<uuid:user_id>/block GET admin_changes.person_block platform_admin_fresh
/admin/people/<uuid:user_id>/block POST admin_changes.person_block_save platform_admin_fresh
/admin/people/<uuid:user_id>/unblock GET admin_changes.person_unblock platform_admin_fresh
/admin/people/<uuid:user_id>/unblock POST admin_changes.person_unblock_save platform_admin_fresh
/admin/people/<uuid:user_id>/sign-out GET admin_changes.person_sign_out platform_admin_fresh
/admin/people/<uuid:user_id>/sign-out POST admin_changes.person_sign_out_save platform_admin_fresh
/admin/people/<uuid:user_id>/grant-admin GET admin_changes.person_grant_admin platform_admin_fresh
/admin/people/<uuid:user_id>/grant-admin POST admin_changes.person_grant_admin_save platform_admin_fresh
/admin/people/<uuid:user_id>/revoke-admin GET admin_changes.person_revoke_admin platform_admin_fresh
/admin/people/<uuid:user_id>/revoke-admin POST admin_changes.person_revoke_admin_save platform_admin_fresh
/admin/people/<uuid:user_id>/organisations/<uuid:organisation_id>/role GET admin_changes.person_role platform_admin_fresh
/admin/people/<uuid:user_id>/organisations/<uuid:organisation_id>/role POST admin_changes.person_role_save platform_admin_fresh
/admin/people/<uuid:user_id>/organisations/<uuid:organisation_id>/remove GET admin_changes.person_remove platform_admin_fresh
/admin/people/<uuid:user_id>/organisations/<uuid:organisation_id>/remove POST admin_changes.person_remove_save platform_admin_fresh
/admin/limits/<industry>                  GET   admin_changes.industry_limits       platform_admin_fresh
/admin/limits/<industry>                  POST  admin_changes.industry_limits_save  platform_admin_fresh
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
/stop-looking                             POST  looking.stop                  open_to_all
/theme                                    POST  landing.theme                 open_to_all
/usage                                    GET   dashboard.usage               onboarded
/usage.json                               GET   dashboard.usage_json          onboarded
"""  # noqa: E501 - a route is one line


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
