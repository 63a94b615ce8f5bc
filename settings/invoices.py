"""The invoices of a seller, as the settings file has them under `[sellers.NAME.invoices]`."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt, ValidationInfo, field_validator

from settings.books import Books
from settings.checks import Finding, quoted, unique, wrong
from settings.marketplaces import MARKETPLACES, Region
from settings.small import SMALL
from settings.values import Country, Date, FilePath, Frozen, MarketplaceCode, Patterns, Text, VatRates
from settings.vat_numbers import complaint

UPLOADS = ("DE", "ES", "FR", "IT", "NL", "PL", "SE", "UK")
"""Marketplaces whose orders take an invoice by upload (SP-API docs, "Option 3: upload invoices")."""
UPLOADS_OF_CALCULATED_VAT = ("BE", "IE")
"""The same, with Amazon's VAT Calculation Service only (SP-API docs, "Invoice Data Reports")."""
MESSAGES = ("CA", "MX", "US")
"""Marketplaces whose orders take an invoice as a message (SP-API docs, "Uploads API"). Brazil has its own service."""

NO_WAY = Finding(("enabled",), 'must be false: Amazon offers no way to send invoices in region "fe"', "enabled = false")

_PLACE = re.compile(r"\{(?:year|month:02|marketplace|number(?::0[1-9])?)\}")


def _number_format(form: str) -> str:
    """All but the number has a fixed width, so two of one format are never the same."""
    literal = _PLACE.sub("", form)
    if "{month}" in form:
        raise wrong("must have {month:02}, as 1 and 11 could be mistaken", form.replace("{month}", "{month:02}"))
    if not re.fullmatch(r"[A-Za-z0-9_/-]*", literal):  # what Amazon takes, too
        raise wrong("may only have {year}, {month:02}, {marketplace}, {number}, {number:06}, letters, digits and - _ /")
    if len(re.findall(r"\{number", form)) != 1:
        raise wrong("must have {number} once")
    return form


def _shapes(form: str) -> set[str]:
    """What distinguishes its numbers from those of another format: all but the digits, in each marketplace."""
    forms = (form.replace("{marketplace}", code) for code in MARKETPLACES)
    return {re.sub(r"[0-9]+", "9", _PLACE.sub("9", each)) for each in forms}


class SkuRates(Frozen):
    """VAT rates of some goods, by country of delivery."""

    skus: Annotated[Patterns, Field(min_length=1)]
    rates: Annotated[VatRates, Field(min_length=1)]


class Texts(Frozen):
    """What is printed for some marketplaces or languages; none named: for all."""

    marketplaces: tuple[MarketplaceCode, ...] = ()
    languages: tuple[Literal["de", "en", "es", "fr", "it", "nl", "pl", "sv"], ...] = ()
    footer: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()
    annex: FilePath | None = None


class InvoiceSeller(Frozen):
    """The seller as printed on an invoice."""

    name: Text = Field(description="The seller's legal name.", examples=["Maison Durand SARL"])
    lines: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(
        description="Street and house number, as many lines as there are.", examples=[["12 rue des Lilas"]]
    )
    postal_code: Text = Field(description="The postal code.", examples=["75011"])
    city: Text = Field(description="The town.", examples=["Paris"])
    country: Country = Field(description="The country, by its code of ISO 3166.", examples=["FR"])
    vat_numbers: dict[Country, Text] = Field(
        default={},
        description=(
            "VAT numbers by country, `XI` for Northern Ireland. That of the country of delivery is printed, else that "
            "of the seller's own country, else the first."
        ),
        examples=[{"FR": "FR11123456782", "DE": "DE123456788"}],
    )
    tax_number: Text | None = Field(
        default=None,
        description=(
            "The tax number of a seller without VAT numbers: Steuernummer, SIRET, codice fiscale, UTR, and so on; "
            "printed under that name."
        ),
        examples=["12/345/67890"],
    )


class Invoices(Frozen):
    """The invoices of shipped orders: which, where they come from, and what they say."""

    enabled: StrictBool = Field(default=False, description="Whether invoices are made and sent.", examples=[True])
    marketplaces: Annotated[tuple[MarketplaceCode, ...], AfterValidator(unique)] = Field(
        default=(),
        description="The marketplaces whose orders get one. Not set: all of the seller's that take invoices.",
        examples=[["FR", "DE"]],
    )
    since: Date | None = Field(
        default=None,
        validate_default=True,
        description=(
            "Orders placed before this day, on the marketplace's calendar, are left alone. Required with `enabled`."
        ),
        examples=[date(2026, 12, 1)],
    )
    source: Literal["generate", "folder"] = Field(
        default="generate",
        description='Where the PDF comes from: made here (`"generate"`), or put into a `"folder"` by your bookkeeping.',
        examples=["folder"],
    )
    folder: FilePath | None = Field(
        default=None,
        validate_default=True,
        description=(
            'The folder of PDFs, named by order id; required with `source = "folder"`. A relative path begins '
            "where askonce starts."
        ),
        examples=["/srv/invoices"],
    )
    vat_calculation_service: StrictBool = Field(
        default=False,
        description="Whether the account is enrolled in Amazon's VAT Calculation Service and uploads its own invoices.",
        examples=[True],
    )
    upload_credit_notes: StrictBool = Field(
        default=False,
        description=(
            "Whether credit notes are uploaded without Amazon's VAT Calculation Service, which takes them in any case. "
            "Not tried on a live account yet."
        ),
        examples=[True],
    )
    number: Annotated[Text, Field(max_length=40), AfterValidator(_number_format)] = Field(
        default="{year}-{number:06}",
        description=(
            "How an invoice is numbered: `{number}`, to which `{year}`, `{month:02}` and `{marketplace}` may be added; "
            "`:06` gives six digits. Counting begins anew when the rest changes."
        ),
        examples=["FR{year}{month:02}-{number:05}"],
    )
    credit_note_number: Annotated[Text, Field(max_length=40), AfterValidator(_number_format)] = Field(
        default="C{year}-{number:06}",
        validate_default=True,
        description="The same for credit notes. It differs from `number` in more than digits.",
        examples=["CN{year}{month:02}-{number:05}"],
    )
    keep_years: Annotated[StrictInt, Field(ge=1, le=30)] = Field(
        default=10,
        description="How many years a document is kept, as your law says, counted from the end of its year of issue.",
        examples=[10],
    )
    logo: FilePath | None = Field(
        default=None, description="An image for the head of the page.", examples=["/etc/askonce/logo.png"]
    )
    footer: tuple[Text, ...] = Field(
        default=(),
        description="Legal lines for the foot of the page.",
        examples=[["SARL au capital de 10 000 €", "RCS Paris 123 456 789"]],
    )
    texts: tuple[Texts, ...] = Field(
        default=(),
        description=(
            "Other texts for some marketplaces or languages, as `fr`: a `footer` instead of the above, `notes` below "
            "the sums, and an `annex`, a text file that is printed on pages of its own, such as the right of "
            "withdrawal. The first entry that fits counts."
        ),
        examples=[[{"marketplaces": ["DE"], "footer": ["HRB 12345, Amtsgericht Berlin"], "notes": ["Vielen Dank"]}]],
    )
    vat_rates: VatRates = Field(
        default={},
        description=(
            "VAT rates in per cent by country of delivery, for orders whose VAT Amazon does not say. Not set: such an "
            "order is held."
        ),
        examples=[{"FR": 20, "DE": 19}],
    )
    distance_sales: Literal["destination", "home"] = Field(
        default="destination",
        description=(
            "Whose VAT of `vat_rates` goods to consumers in other EU countries have: that of the country of delivery "
            '(One-Stop Shop, or registered there), or, below 10,000 € a year, that of your own country (`"home"`). '
            'With `"home"`, what Amazon sends to other countries is held: it is not known from where it was sent.'
        ),
        examples=["home"],
    )
    sku_vat_rates: tuple[SkuRates, ...] = Field(
        default=(),
        description="Other rates for some SKUs. `*` and `?` are wildcards; the first entry that fits counts.",
        examples=[[{"skus": ["BOOK-*"], "rates": {"FR": 5.5, "DE": 7}}]],
    )
    exchange_rates: FilePath | None = Field(
        default=None,
        description=(
            "A file of official exchange rates, for VAT that is due in another currency than the order's: the history "
            "of the European Central Bank, or one like it. Keep it up to date. Not set: askonce fetches the bank's "
            "history once a day."
        ),
        examples=["/srv/eurofxref-hist.zip"],
    )
    books: Books = Field(default=Books(), description="Where sales are booked, for the exports to DATEV and as a FEC.")
    xml_folder: FilePath | None = Field(
        default=None,
        description=(
            "A folder into which the EN 16931 XML of each document is put, once, for a platform to pick it up. A "
            "relative path begins where askonce starts."
        ),
        examples=["/srv/platform"],
    )
    exemption: Text | None = Field(
        default=None,
        description=(
            "The legal sentence of a seller who charges no VAT. Not beside `vat_rates`. Not set: for a seller without "
            "VAT numbers and rates that of the seller's country."
        ),
        examples=["TVA non applicable, art. 293 B du CGI"],
    )
    seller: InvoiceSeller | None = Field(
        default=None,
        validate_default=True,
        description='The seller as printed; required with `source = "generate"`.',
    )

    @property
    def gives_credit_notes(self) -> bool:
        """Whether credit notes go to Amazon; if not, they are made and kept."""
        return self.vat_calculation_service or self.upload_credit_notes

    @field_validator("since")
    @classmethod
    def _begins(cls, since: date | None, info: ValidationInfo) -> date | None:
        if since is None and info.data.get("enabled"):
            raise wrong("is missing: orders placed before that day get no invoice")
        return since

    @field_validator("folder")
    @classmethod
    def _folder_is_there(cls, folder: Path | None, info: ValidationInfo) -> Path | None:
        if not info.data.get("enabled") or info.data.get("source") != "folder":
            return folder
        if folder is None:
            raise wrong('is missing, with source = "folder"')
        if not folder.is_dir():
            raise wrong(f"is no folder that can be read: {folder.absolute()}", "the path of a folder that exists")
        return folder

    @field_validator("credit_note_number")
    @classmethod
    def _numbers_apart(cls, form: str, info: ValidationInfo) -> str:
        if _shapes(form) & _shapes(info.data.get("number", "")):
            raise wrong("must differ from number in more than digits", 'credit_note_number = "C{year}-{number:06}"')
        return form

    @field_validator("logo")
    @classmethod
    def _logo_is_there(cls, logo: Path | None, info: ValidationInfo) -> Path | None:
        if logo and info.data.get("enabled") and not logo.is_file():
            raise wrong(f"is no file that can be read: {logo.absolute()}", "the path of an image that exists")
        return logo

    @field_validator("exchange_rates")
    @classmethod
    def _rates_are_there(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file and info.data.get("enabled") and not file.is_file():
            raise wrong("is no file that can be read", "the path of a file that exists")
        return file

    @field_validator("exemption")
    @classmethod
    def _either_rates_or_none(cls, sentence: str | None, info: ValidationInfo) -> str | None:
        if sentence and (info.data.get("vat_rates") or info.data.get("sku_vat_rates")):
            raise wrong("contradicts vat_rates and sku_vat_rates", "either exemption or rates")
        return sentence

    @field_validator("seller")
    @classmethod
    def _seller_is_there(cls, seller: InvoiceSeller | None, info: ValidationInfo) -> InvoiceSeller | None:
        if seller is None and info.data.get("enabled") and info.data.get("source") == "generate":
            raise wrong("is missing: an invoice must say whose it is", 'seller.name = "Maison Durand SARL", and so on')
        return seller


def takers(region: Region, *, vat_calculation_service: bool) -> tuple[str, ...]:
    """The region's marketplaces whose orders take invoices."""
    if region == "eu":
        return UPLOADS + (UPLOADS_OF_CALCULATED_VAT if vat_calculation_service else ())
    return MESSAGES if region == "na" else ()


def contradictions(invoices: Invoices, region: Region, marketplaces: tuple[str, ...]) -> Iterator[Finding]:
    """What of the invoices does not go with the rest of the seller's table."""
    if not invoices.enabled:
        return
    taking = takers(region, vat_calculation_service=invoices.vat_calculation_service)
    ours = tuple(code for code in marketplaces if code in taking)
    for position, code in enumerate(invoices.marketplaces):
        if code not in marketplaces:
            yield Finding(("marketplaces", position), "is not among the seller's marketplaces", quoted(ours))
        elif code not in taking:
            yield Finding(("marketplaces", position), "takes no invoices from sellers", quoted(ours))
    if not ours:
        what = f"must be false: none of the seller's marketplaces takes invoices, only {quoted(taking)}"
        yield Finding(("enabled",), what, "enabled = false")
    if region == "na":
        yield from _europe_only(invoices)
    elif invoices.source == "generate" and invoices.seller:
        yield from _identified(invoices, invoices.seller)


def _identified(invoices: Invoices, seller: InvoiceSeller) -> Iterator[Finding]:
    for country, number in seller.vat_numbers.items():
        if what := complaint(country, number):
            remedy = f'seller.tax_number = "{number}"' if "begin with" in what and not number[:2].isalpha() else ""
            yield Finding(("seller", "vat_numbers", country), what, remedy or "the number as your tax office wrote it")
    if seller.vat_numbers:
        return
    if not seller.tax_number:
        yield Finding(("seller", "vat_numbers"), "must name at least one; a seller who has none has a tax_number")
    elif not (invoices.exemption or invoices.vat_rates or invoices.sku_vat_rates or seller.country in SMALL):
        what = "needs the exemption beside it: the sentence of your law, for a seller without VAT numbers"
        yield Finding(("seller", "tax_number"), what, 'exemption = "TVA non applicable, art. 293 B du CGI"')


def _europe_only(invoices: Invoices) -> Iterator[Finding]:
    for key in (
        "vat_calculation_service",
        "upload_credit_notes",
        "vat_rates",
        "sku_vat_rates",
        "exchange_rates",
        "exemption",
        "xml_folder",
    ):
        if getattr(invoices, key):
            why = {"upload_credit_notes": "Amazon takes no credit notes", "xml_folder": "documents have no XML"}
            what = f'is for region "eu" only: in North America {why.get(key, "Amazon says the tax")}'
            yield Finding((key,), what, f"no {key}")
