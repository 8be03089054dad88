"""Numbers as text for a reader: the filters of the templates."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jobs.common.sizes import size_text

NONE = "\N{EN DASH}"
_SPELLED = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_MINUTE, _HOUR = 60, 3600


def two(value: float | None) -> str:
    """0.746 -> 0.75; a dash for None, and a real minus sign."""
    return NONE if value is None else f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def interval(estimate: Mapping[str, Any]) -> str:
    """The interval of a metric in metrics.json: 0.66 to 0.82, or why there is none."""
    if estimate["reason"]:
        return f"no interval: {estimate['reason']}"
    return f"{two(estimate['low'])} to {two(estimate['high'])}"


def span(estimate: Mapping[str, Any]) -> str:
    """The same for tables: 0.66\N{EN DASH}0.82, or only the reason."""
    if estimate["reason"]:
        return str(estimate["reason"])
    return f"{two(estimate['low'])}{NONE}{two(estimate['high'])}"


def signed(value: float | None) -> str:
    """0.746 -> +0.75; a dash for None, and a real minus sign."""
    return NONE if value is None else f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def signed_span(estimate: Mapping[str, Any]) -> str:
    """The interval of a difference for tables: \N{MINUS SIGN}0.02 to +0.12, or only the reason."""
    return str(estimate["reason"] or f"{signed(estimate['low'])} to {signed(estimate['high'])}")


def p_value(value: float) -> str:
    """0.0312 -> 0.03; 0.0012 -> 0.001."""
    return f"{value:.2f}" if value >= 0.01 else f"{value:.1g}"


def percent(share: float | None) -> str:
    """0.746 -> 75 %."""
    return NONE if share is None else f"{share:.0%}".replace("%", "\N{NARROW NO-BREAK SPACE}%")


def whole(number: int) -> str:
    """1234 -> 1,234; a dash for zero, as tables of counts are easier to read so."""
    return f"{number:,}" if number else NONE


def count(number: int, noun: str) -> str:
    """410, image -> 410 images."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def spelled(number: int) -> str:
    """5 -> five; from thirteen on in digits."""
    return _SPELLED[number] if number < len(_SPELLED) else f"{number:,}"


def listing(words: Sequence[str], last: str = "and") -> str:
    """a, b, c -> a, b and c."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def cell(text: str) -> str:
    """A text as a cell of a table in Markdown: a | -> a \\|."""
    return " ".join(text.split()).replace("|", "\\|")


def duration(seconds: float) -> str:
    """42.3 -> 42 s; 192 -> 3 min 12 s; 3840 -> 1 h 04 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    rounded = round(seconds)
    if rounded < _MINUTE:
        return f"{rounded} s"
    if rounded < _HOUR:
        return f"{rounded // _MINUTE} min {rounded % _MINUTE:02d} s"
    return f"{rounded // _HOUR} h {rounded % _HOUR // _MINUTE:02d} min"


FILTERS: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        two,
        interval,
        span,
        signed,
        signed_span,
        p_value,
        percent,
        whole,
        count,
        spelled,
        listing,
        cell,
        duration,
        size_text,
    )
}
