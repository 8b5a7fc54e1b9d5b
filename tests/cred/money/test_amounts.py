"""Amounts are whole numbers, and are read and written exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cred.errors import InvalidInputError
from cred.money.amounts import (
    MOST,
    Currency,
    find_currency,
    format_amount,
    format_plain,
    parse_amount,
)

CURRENCIES = st.sampled_from([find_currency(code) for code in ("EUR", "JPY", "KWD")])
EURO = find_currency("EUR")


@given(st.integers(0, 10**17), CURRENCIES)
def test_what_is_written_is_read_back(amount: int, currency: Currency) -> None:
    assert parse_amount(format_amount(amount, currency), currency) == amount
    assert parse_amount(format_plain(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [("0", 0), ("12", 1200), ("12.3", 1230), ("12.340", 1234), ("EUR 1,000", 100_000)],
)
def test_amounts_are_read_as_people_write_them(text: str, amount: int) -> None:
    assert parse_amount(text, EURO) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "1.234",
        "1,23",
        "1e3",
        "nan",
        "inf",
        "\uff11\uff12",
        "12 USD",
        "0x10",
        "1_000",
        "9" * 18,
    ],
)
def test_what_is_no_amount_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^“"):
        parse_amount(text, EURO)


def test_the_decimals_are_the_currencys_own() -> None:
    assert format_amount(1234, find_currency("JPY")) == "1,234 JPY"
    assert format_amount(1234, find_currency("KWD")) == "1.234 KWD"
    assert format_amount(-1234, EURO) == "-12.34 EUR"


def test_the_largest_amount_is_one_that_the_database_keeps() -> None:
    text = format_plain(MOST, find_currency("KWD"))

    assert parse_amount(text, find_currency("KWD")) == MOST
    with pytest.raises(InvalidInputError, match="more than can be kept"):
        parse_amount(format_plain(MOST + 1, find_currency("KWD")), find_currency("KWD"))


def test_an_unknown_currency_gets_the_nearest() -> None:
    with pytest.raises(InvalidInputError, match="did you mean EUR"):
        find_currency("EURO")
    with pytest.raises(InvalidInputError, match="three letters"):
        find_currency("?!")
