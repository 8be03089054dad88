"""Rules that values of several sections follow."""

from typing import Any

from jobs.config.schema import require


def require_defaults(section: str, config: object, where: str, *names: str) -> None:
    """Requires that what counts for nothing `where` it stands was left alone."""
    for name in names:
        value, default = getattr(config, name), getattr(type(config), name)
        require(value == default, f"{section}.{name}", f"{default}, the default, {where}", value)


def require_counts(section: str, config: Any, least: int, *names: str, most: int = 100_000) -> None:
    """Requires counts within limits; beyond `most`, libraries fail with messages of their own."""
    for name in names:
        count = getattr(config, name)
        require(count >= least, f"{section}.{name}", f"at least {least}", count)
        require(count <= most, f"{section}.{name}", f"at most {most:,}", count)
