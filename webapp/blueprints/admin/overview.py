"""Overview: what the last days came to, and what needs somebody now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.blueprints.admin.places import admin_pages
from webapp.domain import overview as told
from webapp.domain.activity import Happening
from webapp.domain.industries import find_industry, words_for
from webapp.domain.overview import Attention, Breaches, Organisations, Period, Tally
from webapp.domain.stored_labels import UnknownLabel
from webapp.services import overview as figures_of
from webapp.web.admin_charts import BarChart, LineChart, bar_chart, count_axis, evenly, line_chart, rate_axis
from webapp.web.template_helpers import calendar_date, page_time_zone, thousands

ROOMS = {"health": ("admin.health", "See system health"), "limits": ("admin.limits", "See which organisations")}


@dataclass(frozen=True)
class Figure:
    """One number with what it is of, a few words more, and where the list behind it is."""

    name: str
    value: str
    more: str
    href: str


@dataclass(frozen=True)
class Bar:
    """One bar of several below each other. One of an industry has its label, for its colour."""

    words: str
    figure: str
    more: str
    number: int
    href: str | None = None
    industry: str | None = None


@dataclass(frozen=True)
class Card:
    """A chart with the sentence that says what it shows, None if it could not be read, and its numbers as a table."""

    sentence: str | None = None
    chart: LineChart | BarChart | None = None
    bars: Sequence[Bar] = ()
    rows: Sequence[Sequence[str]] = ()

    @property
    def longest(self) -> int:
        return max((bar.number for bar in self.bars), default=0)


@admin_pages.get("")
def overview() -> ResponseReturnValue:
    now, zone = datetime.now(UTC), page_time_zone()
    period = told.period_of(request.args.get("days"), now.astimezone(zone).date())
    key = getattr(zone, "key", "UTC")
    tally, breaches = figures_of.find_tally(period, key), figures_of.find_breaches(period, key)
    organisations = figures_of.find_organisations()
    attention = told.attention_of(
        figures_of.find_drift(), is_store_down=figures_of.is_store_down(), tally=tally, breaches=breaches
    )
    return render_template(
        "admin/overview.html",
        period=period,
        periods=told.PERIODS,
        now=now,
        attention=attention,
        see=_see(attention),
        figures=_figures(period, tally, breaches, organisations),
        refused=_refused(period),
        days=evenly([_short(day) for day in period.dates]),
        causes=tally.causes if tally else [],
        sign_ins=_sign_ins(tally),
        funnel=_funnel(tally),
        success=_success(tally),
        refusals=_breaches(breaches, period),
        industries=_industries(organisations),
    )


def _see(attention: Attention | None) -> tuple[str, str] | None:
    """(address, words) of where to see to it."""
    if attention is None:
        return None
    endpoint, words = ROOMS.get(attention.room, ("", "See why"))
    return (url_for(endpoint) if endpoint else "#success"), words


def _figures(
    period: Period, tally: Tally | None, breaches: Breaches | None, organisations: Organisations | None
) -> list[Figure]:
    """The five figures, each with the list behind it; a dash for what could not be read."""
    lately = f"{period.days}-days"
    new = (Happening.ORGANISATION_CREATED, Happening.FIRST_SIGN_IN)
    sign_ins = refused = created = over = ("–", "")
    if tally:
        today = tally.each_day(Happening.SIGN_IN_SUCCEEDED)[-1]
        sign_ins = thousands(tally.total(Happening.SIGN_IN_SUCCEEDED)), f"{today:,} today"
        failed = told.number_of(sum(tally.failures_each_day), "failure")
        refused = ("–" if tally.rate is None else told.percent(tally.rate, 1)), failed
        created = thousands(tally.total(*new)), f"{tally.each_day(*new)[-1]:,} today"
    if breaches:
        over = thousands(sum(breaches.each_day.values())), "minutes over a limit"
    active = organisations.active.in_words.removeprefix("about ") if organisations else "–"
    exactness = "estimated" if organisations and organisations.is_estimate else "not suspended"
    return [
        Figure("Sign-ins", *sign_ins, url_for("admin.people", seen=lately)),
        Figure("Sign-in success", *refused, "#success"),
        Figure("New organisations", *created, url_for("admin.organisations", created=lately)),
        Figure("Limit breaches", *over, _refused(period)),
        Figure("Active organisations", active, exactness, url_for("admin.organisations", status="active")),
    ]


def _refused(period: Period) -> str:
    """Where those are listed who reached a limit."""
    return url_for("admin.organisations", usage=f"refused-{period.days}-days")


def _sign_ins(tally: Tally | None) -> Card:
    if tally is None:
        return Card()
    counts = tally.each_day(Happening.SIGN_IN_SUCCEEDED)
    chart = line_chart(counts, count_axis(counts), is_filled=True) if any(counts) else None
    return Card(
        told.sign_ins_sentence(tally), chart, rows=_by_day(tally.period, [thousands(count) for count in counts])
    )


def _funnel(tally: Tally | None) -> Card:
    if tally is None:
        return Card()
    first = tally.funnel[0][1]
    bars = [Bar(words, thousands(count), _of(count, first), count) for words, count in tally.funnel]
    rows = [(bar.words, bar.figure, bar.more) for bar in bars]
    return Card(told.funnel_sentence(tally), bars=bars if first else (), rows=rows if first else ())


def _success(tally: Tally | None) -> Card:
    if tally is None:
        return Card()
    said = ["–" if rate is None else told.percent(rate, 1) for rate in tally.rates]
    chart = line_chart(tally.rates, rate_axis(tally.rates), goal=told.TARGET) if tally.rate is not None else None
    return Card(told.success_sentence(tally), chart, rows=_by_day(tally.period, said))


def _breaches(breaches: Breaches | None, period: Period) -> Card:
    if breaches is None:
        return Card()
    counts = [breaches.each_day.get(day, 0) for day in period.dates]
    busiest = max(reversed(period.dates), key=lambda day: breaches.each_day.get(day, 0))
    sentence = told.breaches_sentence(breaches, period, f"{busiest.day} {busiest:%B}")
    chart = bar_chart(counts) if any(counts) else None
    return Card(sentence, chart, rows=_by_day(period, [thousands(count) for count in counts]))


def _industries(organisations: Organisations | None) -> Card:
    if organisations is None:
        return Card()
    bars = [
        Bar(
            words_for(find_industry(each.industry) or UnknownLabel(each.industry)).name,
            organisations.counted(each.count).in_words,
            "",
            each.count,
            url_for("admin.organisations", industry=each.industry, status="active"),
            each.industry,
        )
        for each in organisations.industries
    ]
    sentence = told.industries_sentence(organisations, bars[0].words if bars else "")
    return Card(sentence, bars=bars, rows=[(bar.words, bar.figure) for bar in bars])


def _of(count: int, first: int) -> str:
    part = told.share(count, first)
    return "" if part is None else told.percent(part)


def _by_day(period: Period, said: Sequence[str]) -> list[tuple[str, str]]:
    """Rows of a table, the newest day first."""
    return list(reversed([(calendar_date(day), words) for day, words in zip(period.dates, said, strict=True)]))


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"
