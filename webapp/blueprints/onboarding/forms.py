"""The form of the onboarding page."""

from webapp.web.organisation_form import OrganisationForm


class OnboardingForm(OrganisationForm):
    select_industry = "Select your industry, or choose “Skip for now”"
