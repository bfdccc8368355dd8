"""A local OpenID provider shaped like an Auth0 tenant, spoken to over HTTP like any other.

It checks what Auth0 checks: client, secret, exact redirect URI, PKCE with S256, one-time codes that expire. Loopback
only, and never in production.
"""

import hmac
import secrets
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, jsonify, make_response, redirect, request
from flask.typing import ResponseReturnValue

from webapp.demo.people import Persona, find_persona, somebody_else
from webapp.demo.provider_page import problem_page, sign_in_page
from webapp.demo.tokens import CODE_SECONDS, Grant, Signer, challenge_of

CHALLENGE_LENGTH = 43  # SHA-256 in base64url (RFC 7636, 4.2)


def create_provider(
    *,
    issuer: str,
    client_id: str,
    client_secret: str,
    redirect_uris: Sequence[str],
    logout_uris: Sequence[str],
) -> Flask:
    """The provider as an application of its own. `issuer` ends in a slash, as an Auth0 tenant's does."""
    provider = Provider(issuer, client_id, client_secret, tuple(redirect_uris), tuple(logout_uris))
    app = Flask("demo_provider", static_folder=None)
    app.extensions["provider"] = provider
    add = app.add_url_rule
    add("/.well-known/openid-configuration", view_func=provider.discovery)
    add("/.well-known/jwks.json", view_func=provider.keys)
    add("/authorize", view_func=provider.authorize, methods=["GET", "POST"])
    add("/oauth/token", view_func=provider.token, methods=["POST"])
    add("/oidc/logout", view_func=provider.sign_out)
    add("/v2/logout", view_func=provider.sign_out_of_auth0)
    return app


class Provider:
    """The views of the provider and what it remembers while it runs."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        redirect_uris: tuple[str, ...],
        logout_uris: tuple[str, ...],
    ) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self.client_secret = client_secret
        self.redirect_uris = redirect_uris
        self.logout_uris = logout_uris
        self.signer = Signer(issuer, client_id)
        self.grants: dict[str, Grant] = {}
        self.session_age = 0
        """How many seconds people have been signed in here for. Nobody is: only a test says otherwise."""

    def discovery(self) -> ResponseReturnValue:
        document: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}authorize",
            "token_endpoint": f"{self.issuer}oauth/token",
            "jwks_uri": f"{self.issuer}.well-known/jwks.json",
            "end_session_endpoint": f"{self.issuer}oidc/logout",
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email"],
            "subject_types_supported": ["public"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256"],  # as Auth0 lists them
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
        return jsonify(document)

    def keys(self) -> ResponseReturnValue:
        return jsonify(self.signer.published_keys())

    def authorize(self) -> ResponseReturnValue:
        """Shows who may be signed in as, or signs in at once whom `login_hint` names."""
        asked = request.args
        if asked.get("client_id") != self.client_id:
            return problem_page("Unknown client."), 403
        if asked.get("redirect_uri") not in self.redirect_uris:
            return problem_page("Callback URL mismatch: redirect_uri is not one of the allowed callback URLs."), 403
        if asked.get("response_type") != "code":
            return self._back(error="unsupported_response_type")
        if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != CHALLENGE_LENGTH:
            return self._back(error="invalid_request", error_description="PKCE with S256 is required")
        if request.method == "POST":
            return self._answer()
        hint = asked.get("login_hint", "")
        person = find_persona(hint) or somebody_else(hint)
        return self._grant(person) if person else sign_in_page()

    def _answer(self) -> ResponseReturnValue:
        form = request.form
        if form.get("answer") == "cancel":
            return self._back(error="access_denied", error_description="User did not authorize the request")
        if form.get("answer") == "deny":
            return self._back(error="unauthorized", error_description="<b>A rule said no</b>")
        person = find_persona(form.get("persona", ""))
        if person is None and form.get("persona") == "somebody-else":
            person = somebody_else(form.get("email", ""), form.get("name", ""))
        if person is None:
            abort(400)
        return self._grant(person)

    def _grant(self, person: Persona) -> Response:
        asked = request.args
        code = secrets.token_urlsafe(32)
        self.grants[code] = Grant(
            person=person,
            nonce=asked.get("nonce"),
            challenge=asked["code_challenge"],
            redirect_uri=asked["redirect_uri"],
            scope=tuple(asked.get("scope", "").split()),
            expires_at=time.time() + CODE_SECONDS,
            auth_time=self._auth_time(),
        )
        return self._back(code=code)

    def _auth_time(self) -> int:
        """When somebody proved who they are: now, or when the session here began, unless `prompt` or `max_age` wants
        people asked anew (Core 3.1.2.1)."""
        asked, age = request.args, self.session_age
        is_asked_anew = "login" in asked.get("prompt", "").split() or asked.get("max_age", age, int) < age
        return int(time.time()) - (0 if is_asked_anew else age)

    def _back(self, **answer: str) -> Response:
        state = {"state": request.args["state"]} if "state" in request.args else {}
        response = make_response(redirect(f"{request.args['redirect_uri']}?{urlencode({**answer, **state})}", 302))
        response.headers["Cache-Control"] = "no-store"
        return response

    def token(self) -> ResponseReturnValue:
        """Exchanges a code, once."""
        if not self._is_our_client():
            return jsonify(error="access_denied", error_description="Unauthorized"), 401
        form = request.form
        if form.get("grant_type") != "authorization_code":
            return jsonify(error="unsupported_grant_type"), 400
        grant = self.grants.pop(form.get("code", ""), None)
        if grant is None or grant.expires_at < time.time() or grant.redirect_uri != form.get("redirect_uri"):
            return jsonify(error="invalid_grant", error_description="Invalid authorization code"), 403
        if not hmac.compare_digest(challenge_of(form.get("code_verifier", "")), grant.challenge):
            return jsonify(error="invalid_grant", error_description="Failed to verify code verifier"), 403
        return self._tokens(grant)

    def _tokens(self, grant: Grant) -> Response:
        body = {
            "access_token": secrets.token_urlsafe(32),
            "id_token": self.signer.id_token(grant),
            "scope": " ".join(grant.scope),
            "expires_in": 86_400,
            "token_type": "Bearer",
        }
        response = jsonify(body)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _is_our_client(self) -> bool:
        basic = request.authorization
        if basic is not None and basic.type == "basic":
            client, secret = basic.username, basic.password
        else:
            client, secret = request.form.get("client_id"), request.form.get("client_secret")
        return client == self.client_id and hmac.compare_digest((secret or "").encode(), self.client_secret.encode())

    def sign_out(self) -> ResponseReturnValue:
        """OpenID Connect RP-Initiated Logout 1.0."""
        return self._signed_out(request.args.get("post_logout_redirect_uri"))

    def sign_out_of_auth0(self) -> ResponseReturnValue:
        """Auth0's own, for tenants that do not advertise the standard one."""
        return self._signed_out(request.args.get("returnTo"))

    def _signed_out(self, target: str | None) -> ResponseReturnValue:
        if target is None:
            return problem_page("You are signed out."), 200
        if target not in self.logout_uris:
            return problem_page("The return address is not one of the allowed logout URLs."), 400
        return redirect(target, 302)
