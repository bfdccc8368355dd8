"""Security headers on every answer, error pages included."""

from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from webapp.config import Settings

ONE_YEAR = 365 * 24 * 3600


def init_headers(app: Flask) -> None:
    """Works the policy out once, because only the provider's address in it differs between deployments."""
    settings: Settings = app.config["SETTINGS"]
    policy = content_security_policy(settings.oidc_issuer)

    always = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if settings.is_production:
        always["Strict-Transport-Security"] = f"max-age={ONE_YEAR}; includeSubDomains"
    not_kept = {**always, "Cache-Control": "no-store"}  # back after sign-out must not show what was on the page
    names = [[(name.lower(), name, value) for name, value in headers.items()] for headers in (always, not_kept)]

    def add_headers(response: Response) -> Response:
        headers = response.headers
        present = {name.lower() for name, _ in headers}  # once: `setdefault` would search them again for each name
        is_kept = request.endpoint == "static" and response.status_code < 400
        for lower, name, value in names[0 if is_kept else 1]:
            if lower not in present:
                headers.add(name, value)
        if not is_kept:
            # Who is signed in and which theme they chose decide what is on a page, should something keep it anyway.
            if "vary" in present:
                response.vary.add("Cookie")
            else:
                headers.add("Vary", "Cookie")
            headers.add("X-Request-Reference", g.get("reference", "-"))
        return response

    app.after_request(add_headers)


def content_security_policy(issuer: str) -> str:
    """The policy of a site without inline code. `form-action` names the provider's origin because Chromium applies it
    to the redirect that a posted sign-out ends in, and would otherwise do nothing at all (measured)."""
    parts = urlsplit(issuer)
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "img-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            f"form-action 'self' {parts.scheme}://{parts.netloc}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "require-trusted-types-for 'script'",
        )
    )
