"""Names as a forum writes them."""

import pytest

from bot.sources.discourse.api.fields import clean_text


@pytest.mark.parametrize("name", ["👩\u200d🚀", "Ada 🩷", "م\u200cخ", "Zoë"])
def test_what_a_name_is_written_with_stays(name: str) -> None:
    assert clean_text(name) == name


@pytest.mark.parametrize(
    ("name", "clean"),
    [("Ada\u00a0O", "Ada O"), ("a\x00b\ud800\u202e", "ab"), ("\u200d\u200b \t", "")],
)
def test_blanks_stay_blanks_and_controls_go(name: str, clean: str) -> None:
    assert clean_text(name) == clean
