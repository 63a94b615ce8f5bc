"""What a person asked for, and was not done."""


class NotDone(Exception):
    """Nothing was changed. The text says why, and ends with what to type; the command line shows it as it is."""
