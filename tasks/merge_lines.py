"""Two people changed one text: both changes in one, if they are in different places."""

from difflib import Match, SequenceMatcher


def merged(base: str, mine: str, theirs: str) -> str | None:
    """What was changed from `base` to `mine`, on top of `theirs`. None: both changed the same lines, or neighbours."""
    old, new, other = (each.splitlines(keepends=True) for each in (base, mine, theirs))
    same = SequenceMatcher(None, old, other).get_matching_blocks()
    ends = len(old), len(other)
    for tag, first, after, start, end in reversed(SequenceMatcher(None, old, new).get_opcodes()):
        if tag == "equal":
            continue
        block = next((each for each in same if _holds(each, first, after, ends)), None)
        if block is None:
            return None
        offset = block.b - block.a
        other[first + offset : after + offset] = new[start:end]
    return "".join(other)


def _holds(block: Match, first: int, after: int, ends: tuple[int, int]) -> bool:
    """Whether these lines and their neighbours are the same in both."""
    begins = block.a < first or (first == block.a == block.b == 0)
    stop = block.a + block.size
    return begins and (after < stop or (after, stop, block.b + block.size) == (ends[0], *ends))
