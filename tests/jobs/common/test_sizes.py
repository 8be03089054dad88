"""Numbers of bytes as text."""

from jobs.common.sizes import size_text


def test_sizes_as_people_read_them():
    """Megabytes below a gigabyte, by powers of ten."""
    assert (size_text(812_000_000), size_text(1_400_000_000)) == ("812 MB", "1.4 GB")
    assert (size_text(999_400_000), size_text(10**9)) == ("999 MB", "1.0 GB")
    assert size_text(1_234_000_000_000) == "1,234.0 GB"
