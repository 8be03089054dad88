"""Numbers of bytes as text."""


def size_text(count: int) -> str:
    """A number of bytes as people read it.

    Examples:
        >>> size_text(88_000_000), size_text(5_230_000_000)
        ('88 MB', '5.2 GB')
    """
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
