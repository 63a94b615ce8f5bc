"""VAT numbers: whose they are, and whether they can be one (python-stdnum has the check digits of each country)."""

_PREFIXES = {"GR": "EL", "MC": "FR", "IM": "GB"}
"""Where a number begins with other letters than its country's (Directive 2006/112/EC, article 215)."""
_RULES_OF = {"EL": "GR", "XI": "GB"}  # Northern Ireland's are Britain's


def prefix_of(country: str) -> str:
    """The letters that a VAT number of the country begins with."""
    return _PREFIXES.get(country, country)


def tidy(number: str) -> str:
    """Without blanks, dots and dashes; in capitals."""
    return "".join(filter(str.isalnum, number)).upper()


def complaint(country: str, number: str) -> str | None:
    """What is wrong with a number as that of a country (ISO 3166, or XI); None: nothing that can be told."""
    from stdnum import get_cc_module  # loaded with the first number: most commands see none
    from stdnum.exceptions import InvalidChecksum, ValidationError

    prefix = prefix_of(country)
    rules = get_cc_module(_RULES_OF.get(prefix, prefix).lower(), "vat")
    if rules is None or country not in _EUROPE:
        return None
    found = tidy(number)
    if not found.startswith(prefix):
        return f"is no VAT number of {country}: it must begin with {prefix}"
    try:
        rules.validate(found.removeprefix(prefix))
    except InvalidChecksum:
        return f"is no VAT number of {country}: its check digits are wrong"
    except ValidationError:
        return f"is no VAT number of {country}: it has not the form of one"
    return None


_EUROPE = frozenset(
    (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IM"),
        *("IT", "LT", "LU", "LV", "MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI"),
    )
)
