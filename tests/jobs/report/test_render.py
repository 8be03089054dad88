"""The page as HTML: well-formed, offline, and legible for everybody."""

import re
from dataclasses import replace

from jobs.plots.svg import TOKENS
from jobs.report.page import build_context
from jobs.report.render import render


def test_the_page_is_well_formed(read):
    """Every element is closed in its order, and no two share an id."""
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))


def test_the_page_asks_for_nothing(page, read):
    """No script, no link outside, no style or font from elsewhere: it opens offline."""
    assert not read.of("script") and not read.of("link") and not read.of("iframe")
    assert all(link.startswith(("#", "data:")) for link in read.links)
    assert "@import" not in page and not re.search(r"url\((?!#)", page)
    (policy,) = (each for each in read.of("meta") if "http-equiv" in each)
    assert policy["content"].startswith("default-src 'none'")


def test_links_within_the_page_lead_somewhere(read):
    """The contents' and the figures' own references."""
    assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)


def test_the_page_can_be_heard(read):
    """Figures and pictures have words, tables have captions and headers, the language is said."""
    assert read.of("html") == [{"lang": "en"}]
    assert all(figure.get("aria-label") for figure in read.of("svg"))
    assert all(image.get("alt") for image in read.of("img"))
    assert len(read.of("caption")) == len(read.of("table"))
    assert all("scope" in header for header in read.of("th"))
    assert all(each["aria-label"] for each in read.of("div") if each.get("role") == "region")


def test_names_are_escaped(inputs):
    """A run's name cannot be markup, and neither can a version of a library."""
    evil = replace(inputs.evaluation, versions={"numpy": "<script>alert(1)</script>"})
    page = render(build_context(replace(inputs, run="<b>run</b>", evaluation=evil)))
    assert "<b>run</b>" not in page and "<script" not in page
    assert "&lt;b&gt;run&lt;/b&gt;" in page


def _schemes(page):
    """The colour tokens of the light page, the dark one and the printed one."""
    light, dark, printed = re.split("prefers-color-scheme: dark|@media print", page)[:3]
    return [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in (light, dark, printed)
    ]


def _luminance(colour):
    """WCAG 2.2, relative luminance."""
    levels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in levels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    low, high = sorted([_luminance(one), _luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_every_colour_is_set_for_light_dark_and_paper(page):
    """No token is left at another scheme's colour, and the figures' own are among them."""
    light, dark, printed = _schemes(page)
    assert set(light) == set(dark) == set(printed)
    assert set(TOKENS) <= set(light)
    assert all(light[token] == colour for token, colour in TOKENS.items())


def test_text_can_be_read_in_every_scheme(page):
    """WCAG AA: 4.5 for text; 3 for lines and marks."""
    for scheme in _schemes(page):
        for token in ("ink", "muted", "main"):
            assert _contrast(scheme[token], scheme["paper"]) >= 4.5, token
        assert _contrast(scheme["warning"], scheme["warning-paper"]) >= 4.5
        marks = ("all-data", "healthy", "sick", *(t for t in scheme if t.startswith("series")))
        for token in marks:
            assert _contrast(scheme[token], scheme["paper"]) >= 3, token


def test_the_page_stays_small(page):
    """Without pictures, which have a limit of their own, half of the megabyte that it may have."""
    assert len(page.encode()) < 600_000


def test_the_contents_lead_to_every_section_and_stay_in_sight(page, read):
    """Each section is in the list of contents, in its order; the list is sticky."""
    sections = [each["id"] for each in read.of("section")]
    contents = [link[1:] for link in read.links if link[1:] in sections]
    assert contents == sections
    assert re.search(r"nav \{\s*position: sticky", page)


def test_what_is_folded_is_printed(page):
    """On paper nobody can open it."""
    printed = page[page.index("@media print") :]
    assert "details::details-content" in printed and "content-visibility: visible" in printed
