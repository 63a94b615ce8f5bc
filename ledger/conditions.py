"""Conditions of indexes that a statement repeats, so that the database takes that index."""

UNUSUAL = "next_look_at IS NULL AND reason <> 'requested'"
"""What ended otherwise than most do: few enough to be listed by reason."""
LISTED = "kind <> ''"
"""All of them: a list says so, and nothing else takes the index by mistake for the better one."""
