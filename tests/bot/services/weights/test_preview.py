"""A preview foretells what a change then does to everybody."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.community.communities import Community
from bot.community.errors import SettingMistakeError
from bot.services.weights.preview import preview
from cred.periods import parse_period
from tests.bot.commands.garden import ADA, NOW_MS
from tests.bot.community.identities.linking import number
from tests.bot.forum import both_places

CHANGES = {"weights.emoji.👍": 5, "weights.message.default": 2}


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("typed", ["all", "last 4 weeks"])
async def test_what_is_foretold_is_what_comes(community: Community, typed: str) -> None:
    period = parse_period(typed)
    assert period is not None
    before = community.scoring.scores
    assert before is not None

    told = await preview(community, CHANGES, period=period, now_ms=NOW_MS)

    await community.settings.set(CHANGES, author="operator", reason="", now_ms=NOW_MS)
    after = await community.scoring.recompute(NOW_MS)
    assert after is not None
    for scores, field in ((before, "before"), (after, "after")):
        weeks = period.weeks(scores.starts_ms, NOW_MS).rows
        for participant, effect in told.effects.items():
            row = scores.index_of(participant)
            assert row is not None
            assert getattr(effect, field) == pytest.approx(scores.cred_of(row, weeks))
    assert told.total_after > told.total_before


async def test_gains_and_losses_of_shares_cancel_out(community: Community) -> None:
    told = await preview(community, CHANGES, now_ms=NOW_MS)

    gains = [effect.share_gain for effect in told.effects.values()]
    assert gains == sorted(gains, reverse=True)
    assert told.moved >= sum(gain for gain in gains if gain > 0) - 1e-12
    assert 0 < told.moved < 1
    assert told.effects[str(number(community, "discord", ADA))].before > 0


async def test_a_change_after_which_nothing_mints_says_so(community: Community) -> None:
    nothing = {f"weights.{name}.default": 0 for name in ("emoji", "message", "channel", "role")}

    told = await preview(community, nothing | {"weights.node.like": 0}, now_ms=NOW_MS)

    assert told.mints_nothing
    assert told.concentration_after.holders_of_half == 0


async def test_nothing_of_a_preview_is_kept(community: Community) -> None:
    scores, version = community.scoring.scores, community.settings.version

    await preview(community, CHANGES, now_ms=NOW_MS)

    assert community.scoring.scores is scores
    assert community.settings.version == version
    assert not await community.scoring.is_due()


async def test_a_key_that_is_none_is_refused(community: Community) -> None:
    with pytest.raises(SettingMistakeError, match="did you mean"):
        await preview(community, {"weights.emojis.default": 2}, now_ms=NOW_MS)
