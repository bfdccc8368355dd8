"""Every address with its guard: a new one has to be added here, where somebody reads it."""

from flask import Flask

from webapp.blueprints import GUARDS

ROUTES = """
/                       GET       landing.home                 open_to_all
/accessibility          GET       landing.accessibility        open_to_all
/callback               GET       auth.callback                open_to_all
/dashboard              GET       dashboard.dashboard          onboarded
/healthz                GET       status.healthz               open_to_all
/help                   GET       landing.help                 open_to_all
/login                  GET       auth.login                   open_to_all
/logout                 POST      auth.logout                  open_to_all
/onboarding             GET       onboarding.onboarding        signed_in
/onboarding             POST      onboarding.onboarding_answer signed_in
/privacy                GET       landing.privacy              open_to_all
/readyz                 GET       status.readyz                open_to_all
/settings/organisation  GET       settings.organisation        owner
/settings/organisation  POST      settings.organisation_save   owner
/sign-in-failed         GET       auth.sign_in_failed          open_to_all
/status                 GET       status.service_status        open_to_all
/theme                  POST      landing.theme                open_to_all
/usage                  GET       dashboard.usage              onboarded
/usage.json             GET       dashboard.usage_json         onboarded
"""


def test_every_route_has_the_guard_it_is_listed_with(built_app: Flask):
    found = sorted(
        (
            rule.rule,
            ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})),
            rule.endpoint,
            GUARDS[rule.endpoint.partition(".")[0]].__name__,
        )
        for rule in built_app.url_map.iter_rules()
        if rule.endpoint != "static"
    )
    assert found == sorted(tuple(line.split()) for line in ROUTES.strip().splitlines())
