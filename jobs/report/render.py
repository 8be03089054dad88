"""The page as HTML, from the templates' variables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from jobs.config.names import spoken
from jobs.report.text import FILTERS

_TEMPLATES = Path(__file__).parent / "templates"


def render(context: Mapping[str, Any], template: str = "report.html.j2") -> str:
    """A whole page: styles, figures and pictures are in it, and it loads nothing else."""
    environment = _environment(autoescape=True)
    styles = Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8"))
    return environment.get_template(template).render(context, styles=styles)


def render_text(context: Mapping[str, Any], template: str) -> str:
    """A document in Markdown."""
    return _environment(autoescape=False).get_template(template).render(context)


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS, spoken=spoken)
    return environment
