"""What an organisation may be called and how it may describe its trade, checked in one place for pages and commands."""

from webapp.domain.errors import InvalidValue
from webapp.domain.industries import Industry, find_industry, industries_to_choose
from webapp.domain.plans import SubscriptionPlan, find_plan
from webapp.domain.text import clean_line, has_hidden_characters, has_visible_characters

LONGEST_NAME = 120
LONGEST_TRADE = 120


def checked_name(value: str) -> str:
    """The name as it is stored. Raises InvalidValue("name", ...) when it is empty, too long or holds hidden text."""
    name = _checked_line("name", "Name", clean_line(value), LONGEST_NAME)
    if not has_visible_characters(name):
        raise InvalidValue("name", "Enter the name of your organisation")
    return name


def checked_trade(value: str | None) -> str | None:
    """What they call their trade, in their own words; empty becomes None. Raises InvalidValue("trade", ...)."""
    trade = _checked_line("trade", "Trade", clean_line(value or ""), LONGEST_TRADE)
    return trade if has_visible_characters(trade) else None


def checked_industry(label: str) -> Industry:
    """The industry with exactly this label, if it may be chosen. Raises InvalidValue("industry", ...)."""
    industry = find_industry(label)
    if industry is None or industry not in industries_to_choose():
        choices = ", ".join(industry.value for industry in industries_to_choose())
        raise InvalidValue("industry", f"Choose one of these industries: {choices}")
    return industry


def checked_plan(label: str) -> SubscriptionPlan:
    """The plan with exactly this label. Raises InvalidValue("plan", ...)."""
    plan = find_plan(label)
    if plan is None:
        raise InvalidValue("plan", f"Choose one of these plans: {', '.join(plan.value for plan in SubscriptionPlan)}")
    return plan


def _checked_line(field: str, word: str, line: str, longest: int) -> str:
    if has_hidden_characters(line):
        raise InvalidValue(field, f"{word} must not contain hidden or control characters")
    if len(line) > longest:
        raise InvalidValue(field, f"{word} must be {longest} characters or fewer")
    return line
