"""The single home of everything that varies by industry: stored label, words, order, base limits, SIC codes.

Forms, pages, limits, commands, seeds and tests read it from here. A new industry is one member and one entry, in the
place where it should stand on pages, and one migration that adds its label.
"""

import enum
from dataclasses import dataclass, replace

from webapp.domain.stored_labels import UnknownLabel, stored_as


@stored_as("industry")
class Industry(enum.StrEnum):
    CINEMA = "cinema"
    HOTEL = "hotel"
    GYM = "gym"
    B2B = "b2b"
    RETAIL = "retail"
    DEFAULT = "default"


@dataclass(frozen=True)
class Step:
    """A next step in an industry's own words: what to do and an example that shows how."""

    title: str
    hint: str


@dataclass(frozen=True)
class IndustryEntry:
    """One industry. Limits are requests on the Basic plan; every text is what a person reads, without mark-up."""

    name: str  # on dashboards and in lists
    door: str  # under its arch on the landing page
    choice: str  # beside its radio button
    hint: str
    with_article: str  # "is set up as a cinema"
    plural: str  # "For cinemas"
    place: str
    places: str
    people: str
    requests_per_hour: int
    burst: int
    naming: Step
    classifying: Step
    trade: Step
    trade_example: str
    nothing_used: str
    quiet_day: str
    alone: str
    example_name: str
    sic_codes: frozenset[str] = frozenset()
    sic_divisions: frozenset[str] = frozenset()
    may_be_chosen: bool = True


CATALOGUE: dict[Industry, IndustryEntry] = {
    Industry.CINEMA: IndustryEntry(
        name="Cinema",
        door="Cinema",
        choice="Cinema",
        hint="Screens, showings and admissions",
        with_article="a cinema",
        plural="cinemas",
        place="site",
        places="sites",
        people="Guests",
        requests_per_hour=18_000,
        burst=500,
        naming=Step("Name your cinema", "The name over the doors, such as Odeon Leicester Square"),
        classifying=Step("Add the SIC code for showing films", "59140 for most cinemas"),
        trade=Step("Say what kind of cinema you are", "For example, multiplex, independent or drive-in"),
        trade_example="Multiplex",
        nothing_used="The house lights are up: nothing has asked for a showing or a seat yet this hour.",
        quiet_day="The screens stayed dark: no showing or seat was asked for in the last 24 hours.",
        alone="You are the only person in the box office so far.",
        example_name="Odeon Leicester Square",
        sic_codes=frozenset({"59140"}),
    ),
    Industry.HOTEL: IndustryEntry(
        name="Hotel",
        door="Hotel",
        choice="Hotel",
        hint="Rooms, stays and guests",
        with_article="a hotel",
        plural="hotels",
        place="property",
        places="properties",
        people="Guests",
        requests_per_hour=12_000,
        burst=300,
        naming=Step("Name your hotel", "The name guests book, such as The Harbour Rooms"),
        classifying=Step("Add the SIC code for your stays", "55100 for hotels, 55300 for camp sites"),
        trade=Step("Say what kind of stay you offer", "For example, boutique hotel, hostel or holiday park"),
        trade_example="Boutique hotel",
        nothing_used="All quiet at the desk: no room or rate has been asked for yet this hour.",
        quiet_day="Nobody rang the bell: no room or rate was asked for in the last 24 hours.",
        alone="You are the only person at the front desk so far.",
        example_name="The Harbour Rooms",
        sic_codes=frozenset({"55100", "55201", "55202", "55209", "55300", "55900"}),
    ),
    Industry.GYM: IndustryEntry(
        name="Gym",
        door="Gym",
        choice="Gym or leisure",
        hint="Clubs, classes and members",
        with_article="a gym",
        plural="gyms",
        place="club",
        places="clubs",
        people="Members",
        requests_per_hour=9_000,
        burst=250,
        naming=Step("Name your club", "The name on the membership card, such as Iron Hall"),
        classifying=Step("Add the SIC code for your club", "93130 for fitness facilities, 93110 for sports venues"),
        trade=Step("Say what members come for", "For example, strength gym, pool or climbing wall"),
        trade_example="Climbing wall",
        nothing_used="Nobody on the floor yet: no class or visit has been asked for this hour.",
        quiet_day="The weights stayed racked: no class or visit was asked for in the last 24 hours.",
        alone="You are the only trainer on the team so far.",
        example_name="Iron Hall",
        sic_codes=frozenset({"93110", "93130", "93199"}),
    ),
    Industry.B2B: IndustryEntry(
        name="B2B",
        door="B2B",
        choice="Business to business",
        hint="Accounts, contracts and clients",
        with_article="a business-to-business company",
        plural="B2B companies",
        place="office",
        places="offices",
        people="Clients",
        requests_per_hour=30_000,
        burst=750,
        naming=Step("Name your company", "The name on your contracts, such as Ferrous Supply"),
        classifying=Step("Add your company’s SIC code", "62020 for IT consultancy, 46740 for hardware wholesale"),
        trade=Step("Say what you supply", "For example, software, consultancy or wholesale"),
        trade_example="Software",
        nothing_used="No client system has called yet this hour.",
        quiet_day="No client system has called in the last 24 hours.",
        alone="You are the only person on this account so far.",
        example_name="Ferrous Supply",
        sic_divisions=frozenset({"46", "62", "63", "69", "70", "71", "72", "73", "74", "77", "78", "80", "81", "82"}),
    ),
    Industry.RETAIL: IndustryEntry(
        name="Retail",
        door="Retail",
        choice="Retail",
        hint="Shops, stock and customers",
        with_article="a retailer",
        plural="retailers",
        place="shop",
        places="shops",
        people="Customers",
        requests_per_hour=24_000,
        burst=600,
        naming=Step("Name your shop", "The name over the window, such as Kite & Co"),
        classifying=Step("Add the SIC code for what you sell", "47190 for a general store, 47910 for selling online"),
        trade=Step("Say what is on your shelves", "For example, homeware, groceries or books"),
        trade_example="Homeware",
        nothing_used="The tills are quiet: no price or stock has been asked for yet this hour.",
        quiet_day="The shutters stayed down: no price or stock was asked for in the last 24 hours.",
        alone="You are the only person behind the counter so far.",
        example_name="Kite & Co",
        sic_divisions=frozenset({"47"}),
    ),
    Industry.DEFAULT: IndustryEntry(
        name="General",
        door="Something else",
        choice="Something else",
        hint="Standard limits and wording",
        with_article="a general organisation",
        plural="every kind of work",
        place="location",
        places="locations",
        people="Customers",
        requests_per_hour=6_000,
        burst=150,
        naming=Step("Tell us what you do", "So that your wording, limits and first steps fit"),
        classifying=Step("Add your UK SIC code", "Five digits, on your Companies House page"),
        trade=Step("Describe your trade in a few words", "For example, charity, farm or theatre"),
        trade_example="Charity",
        nothing_used="Nothing yet. Your first requests this hour will show here.",
        quiet_day="Nothing in the last 24 hours. Your first requests will show here within a minute.",
        alone="You are the only person here so far.",
        example_name="Brightwater Trust",
    ),
}


def known_industry(stored: Industry | UnknownLabel) -> Industry:
    """The industry whose limits and wording apply: the default one stands in for a label this build does not know."""
    return stored if isinstance(stored, Industry) else Industry.DEFAULT


def words_for(stored: Industry | UnknownLabel) -> IndustryEntry:
    """The entry of a stored industry. A label this build does not know is its own name; the rest is the default's."""
    entry = CATALOGUE[known_industry(stored)]
    if isinstance(stored, Industry):
        return entry
    label = stored.value
    return replace(entry, name=label, door=label, choice=label, with_article=label, may_be_chosen=False)


def find_industry(label: str) -> Industry | None:
    """The industry with exactly this stored label, or None. Upper case and padding are not forgiven."""
    return next((industry for industry in CATALOGUE if industry.value == label), None)


def industries_to_choose() -> list[Industry]:
    """The industries a person may choose, in the order of the catalogue."""
    return [industry for industry, entry in CATALOGUE.items() if entry.may_be_chosen]


def industry_for_sic(code: str) -> Industry | None:
    """The industry that a UK SIC 2007 code suggests, a whole code before a two-digit division, or None."""
    for industry, entry in CATALOGUE.items():
        if code in entry.sic_codes:
            return industry
    return next((industry for industry, entry in CATALOGUE.items() if code[:2] in entry.sic_divisions), None)
