"""Text from outside, cleaned before it is stored: the same on both databases, and no longer than its column."""


def cleaned(words: str, most: int | None = None) -> str:
    """Without what a database cannot store (NUL, lone surrogates), and cut to `most` characters."""
    kept = words.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    return kept if most is None else kept[:most]
