"""What a person asked for, and was not done."""


class NotDone(Exception):
    """Nothing was changed. The text says why, and ends with what to type; the command line shows it as it is."""

    @property
    def words(self) -> str:
        """The text as it was given: what `rules.readable` made of it can be said in other languages."""
        words: str = self.args[0]
        return words
