"""Tabler's icons, drawn into the page."""

from functools import cache
from pathlib import Path

from markupsafe import Markup

HERE = Path(__file__).with_name("icons")


@cache
def icon(name: str) -> Markup:
    """The icon as SVG. It is decoration: what it means stands beside it in words."""
    svg = (HERE / f"{name}.svg").read_text(encoding="utf-8")
    return Markup(svg.replace("<svg", '<svg aria-hidden="true"', 1))  # noqa: S704 (our own files)
