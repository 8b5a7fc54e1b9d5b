"""A file with all weights of a community."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.community.errors import SettingMistakeError
from bot.services.weights.weights_file import FORMAT, parse_weights, write_weights

KEYS = st.sampled_from(
    ["weights.emoji.👍", "scoring.accrual", "weights.edge.authors", "votes.quorum"]
)
VALUES = st.floats(0, 1e9) | st.lists(st.floats(0, 1e3), min_size=2, max_size=2)


@given(st.dictionaries(KEYS, VALUES), st.integers(0, 1000))
def test_what_is_written_is_read_back_without_what_is_no_weight(
    values: dict[str, float | list[float]], version: int
) -> None:
    weights = {key: value for key, value in values.items() if not key.startswith("votes.")}

    text = write_weights(values, version)

    assert parse_weights(text) == weights
    assert json.loads(text)["version"] == version


def test_equal_weights_give_equal_files_in_whatever_order_they_were_set() -> None:
    text = write_weights({"weights.emoji.👍": 2.0, "scoring.accrual": 0.4}, 3)

    assert text == write_weights({"scoring.accrual": 0.4, "weights.emoji.👍": 2.0}, 3)
    assert "👍" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ("[]", "none of weights"),
        ('{"weights": {}}', "none of weights"),
        (f'{{"format": "{FORMAT}"}}', 'has no "weights"'),
        (f'{{"format": "{FORMAT}", "weights": {{"roles.admins": []}}}}', "roles.admins"),
        (
            write_weights({"weights.emoji.👍": 2.0}, 1).replace("2.0", "3.0"),
            "not those that it was written with",
        ),
    ],
)
def test_what_is_no_such_file_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(SettingMistakeError, match=words) as error:
        parse_weights(text)

    assert str(error.value).endswith(".")


def test_a_file_written_by_hand_needs_no_digest_and_may_begin_with_a_mark() -> None:
    text = f'{{"format": "{FORMAT}", "weights": {{"weights.emoji.👍": 2}}}}'

    assert parse_weights(f"\N{ZERO WIDTH NO-BREAK SPACE}{text}") == {"weights.emoji.👍": 2}
