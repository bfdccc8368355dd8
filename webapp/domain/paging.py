"""Numbered pages of a long list: which there are, which to offer, and which rows are on one."""

from dataclasses import dataclass

PAGE_SIZE = 25
_SHOWN_AROUND = 2
LONGEST_PAGE_NUMBER = 9  # digits; a longer one is past any end

FARTHEST_WALKED = 2_000
"""Nobody reads on from the first page farther than to this one. Up to it no row of a list is left out or shown twice,
even if it is so long that how many there are is an estimate."""


@dataclass(frozen=True)
class Count:
    """How many rows there are. An estimate is the database planner's, for a list too long to be counted each time."""

    number: int
    is_estimate: bool = False

    @property
    def in_words(self) -> str:
        """214, or about 214,000: an estimate has no more than three digits that mean something."""
        if not self.is_estimate:
            return f"{self.number:,}"
        place = 10 ** max(0, len(str(self.number)) - 3)
        return f"about {round(self.number / place) * place:,}"


@dataclass(frozen=True)
class Paging:
    """One page of a list. Its number is the one asked for, or the last there is."""

    asked: int
    total: Count
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total.number // self.size))

    @property
    def number(self) -> int:
        return min(max(1, self.asked), self.pages)

    @property
    def is_read_backwards(self) -> bool:
        """Whether the page is nearer to the end, from where it is then read: nothing has to pass over half a list.

        By an estimate this is only the far end of a list. Where pages that are read from the beginning and from the end
        meet, they fit together no better than the estimate is good.
        """
        if self.total.is_estimate and self.asked <= FARTHEST_WALKED:
            return False
        return self.number > 1 and self.number > self.pages // 2

    @property
    def offset(self) -> int:
        """How many rows to pass over: from the beginning, or from the end where the page is read backwards."""
        if not self.is_read_backwards:
            return (self.number - 1) * self.size
        return max(0, self._rows - self.number * self.size)

    @property
    def rows(self) -> int:
        """How many rows the page holds at most; the last one may hold fewer."""
        return min(self.size, self._rows - (self.number - 1) * self.size) if self.is_read_backwards else self.size

    @property
    def _rows(self) -> int:
        """An estimate is taken for full pages, so that the last one holds the last rows whatever their number."""
        return self.pages * self.size if self.total.is_estimate else self.total.number

    @property
    def shown(self) -> tuple[int | None, ...]:
        """The numbers to offer: the first, the last, those around this one, and None for a gap."""
        near = range(self.number - _SHOWN_AROUND, self.number + _SHOWN_AROUND + 1)
        offered = sorted({1, self.pages, *(number for number in near if 1 <= number <= self.pages)})
        numbers: list[int | None] = []
        for number in offered:
            before = numbers[-1] if numbers else None
            if before is not None and number > before + 1:
                numbers.append(number - 1 if number == before + 2 else None)
            numbers.append(number)
        return tuple(numbers)


def rows_to_count(page: int) -> int:
    """How many rows of a list have to be known to be there for a page to be read from the beginning, and for the next
    one to be offered."""
    return (min(max(page, 1), FARTHEST_WALKED) + 1) * PAGE_SIZE


def page_number(text: str | None) -> int:
    """The page somebody asks for in an address; 1 for what is no number."""
    if text is None or not text.isascii() or not text.isdigit():
        return 1
    return int(text) if len(text) <= LONGEST_PAGE_NUMBER else 10**LONGEST_PAGE_NUMBER
