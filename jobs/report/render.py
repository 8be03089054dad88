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
    """The whole page: styles, figures and pictures are in it, and it loads nothing else."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS, spoken=spoken)
    styles = Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8"))
    return environment.get_template(template).render(context, styles=styles)
