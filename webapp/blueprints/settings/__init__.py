"""What an owner may change about their organisation."""

from webapp.blueprints.settings.views import settings_pages

__all__ = ["settings_pages"]
