"""Amounts of money: whole numbers of a currency's smallest unit, never floats."""

import difflib
import re
from dataclasses import dataclass
from typing import Final

from cred.errors import InvalidInputError

MOST: Final = 2**63 - 1
"""The largest amount; SQLite keeps no larger integer."""

_EXPONENTS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN "
        "BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL "
        "GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KYD KZT LAK LBP "
        "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
        "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SOS SRD SSP "
        "STN SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW "
        "ZWL"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_EXPONENT_OF: Final = {
    code: exponent for exponent, codes in _EXPONENTS.items() for code in codes.split()
}
"""Decimals by ISO 4217 code, as of the list of 2024-06-25."""
_AMOUNT: Final = re.compile(
    r"(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,18})(?:\.(?P<decimals>\d{1,18}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its ISO 4217 code."""

    code: str
    exponent: int
    """How many decimals it has: 2 for EUR, whose smallest unit is the cent; 0 for JPY."""


def find_currency(code: str) -> Currency:
    """Return the currency of an ISO 4217 code, in capitals or not.

    >>> find_currency("eur")
    Currency(code='EUR', exponent=2)

    Raises
    ------
    InvalidInputError
        If there is none; the message names the nearest.
    """
    upper = code.strip().upper()
    if upper not in _EXPONENT_OF:
        near = difflib.get_close_matches(upper, _EXPONENT_OF, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "write its three letters, such as EUR."
        raise InvalidInputError(f"“{code:.20}” is not a currency: {hint}")
    return Currency(upper, _EXPONENT_OF[upper])


def format_amount(amount: int, currency: Currency) -> str:
    """Return an amount as people write it.

    >>> format_amount(123450, find_currency("EUR")), format_amount(-5, find_currency("KWD"))
    ('1,234.50 EUR', '-0.005 KWD')
    """
    return f"{format_plain(amount, currency, separator=',')} {currency.code}"


def format_plain(amount: int, currency: Currency, *, separator: str = "") -> str:
    """Return an amount as a decimal number without the currency's code.

    >>> format_plain(123450, find_currency("EUR")), format_plain(7, find_currency("JPY"))
    ('1234.50', '7')
    """
    whole, rest = divmod(abs(amount), 10**currency.exponent)
    sign = "-" if amount < 0 else ""
    digits = f"{whole:,}".replace(",", separator)
    return f"{sign}{digits}" + (f".{rest:0{currency.exponent}}" if currency.exponent else "")


def parse_amount(text: str, currency: Currency) -> int:
    """Return an amount from a decimal number, with or without the currency's code.

    >>> euro = find_currency("EUR")
    >>> parse_amount("1,234.5", euro), parse_amount("9 EUR", euro)
    (123450, 900)

    Raises
    ------
    InvalidInputError
        If it is no amount from 0 up, is of another currency, or has more decimals than the
        currency.
    """
    number = text.strip().upper().removesuffix(currency.code).removeprefix(currency.code)
    match = _AMOUNT.fullmatch(number.strip())
    if match is None:
        raise InvalidInputError(
            f"“{text:.40}” is not an amount: write a number such as "
            f"{format_plain(123_456, currency)}, in {currency.code}."
        )
    decimals = match["decimals"] or ""
    if len(decimals.rstrip("0")) > currency.exponent:
        raise InvalidInputError(
            f"“{text:.40}” has too many decimals: {currency.code} has {currency.exponent}."
        )
    minor = decimals[: currency.exponent].ljust(currency.exponent, "0")
    amount = int(match["whole"].replace(",", "") + minor)
    if amount > MOST:
        raise InvalidInputError(f"“{text:.40}” is more than can be kept.")
    return amount
