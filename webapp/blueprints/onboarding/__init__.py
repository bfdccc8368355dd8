"""The one page between a first sign-in and the dashboard."""

from webapp.blueprints.onboarding.views import onboarding_pages

__all__ = ["onboarding_pages"]
