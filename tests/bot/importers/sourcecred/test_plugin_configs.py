"""Configuration of plugins as settings: of all versions, and what has no meaning is told."""

from datetime import UTC
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.importers.sourcecred.instance import read_instance
from bot.importers.sourcecred.mapping import MappedConfig, map_config
from tests.bot.importers.sourcecred.instances import THREE, copy_instance, edit_json

DISCORD = "config/plugins/sourcecred/discord/config.json"
DISCOURSE = "config/plugins/sourcecred/discourse/config.json"
SERVER = "100000000000000001"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_instance(tmp_path)


def map_with(root: Path, name: str, value: object, zone: str = "UTC") -> MappedConfig:
    """Return what a configuration maps to."""
    edit_json(root, name, lambda _: value)
    return map_config(read_instance(root, ZoneInfo(zone)))


def omissions(config: MappedConfig, name: str) -> list[str]:
    """Return what was left out of a file."""
    (line,) = (line for line in config.report if line.part == name)
    return line.skipped.split("; ") if line.skipped else []


def server(**more: object) -> dict[str, Any]:
    return {"guildId": SERVER, "reactionWeightConfig": {}, **more}


def test_the_configuration_before_0_9_is_that_of_one_server(root: Path) -> None:
    old = {
        "guildId": SERVER,
        "reactionWeights": {"🔥": 2, "👎": 0, "cred:100000000000000041": 4},
        "defaultReactionWeight": 0.5,
        "applyAveragingToReactions": True,
        "roleWeightConfig": {"defaultWeight": 1, "weights": {"100000000000000031": 1.5}},
        "channelWeightConfig": {"defaultWeight": 1, "weights": {"100000000000000021": 0.5}},
        "propsChannels": ["100000000000000022"],
        "includeNsfwChannels": False,
    }
    before = map_config(read_instance(THREE, UTC))

    config = map_with(root, DISCORD, old)

    assert config.server_ids == [SERVER]
    assert config.settings == before.settings | {
        "weights.emoji.default": 0.5,
        "scoring.averaging": 0.0,
    }
    assert omissions(config, DISCORD) == []


def test_one_server_that_stands_in_no_list_is_read_as_one(root: Path) -> None:
    config = map_with(root, DISCORD, server(reactionWeightConfig={"weights": {"🔥": 3}}))

    assert config.server_ids == [SERVER]
    assert config.settings["weights.emoji.🔥"] == 3


def test_tables_named_as_before_their_release_are_read(root: Path) -> None:
    old = {
        "guildId": SERVER,
        "reactionWeights": {},
        "roleWeightConfig": {"defaultWeight": 0, "roleWeights": {"31": 1.5}},
        "channelWeightConfig": {"defaultWeight": 0, "channelWeights": {"21": 0.25}},
    }

    config = map_with(root, DISCORD, old)

    assert config.settings["weights.role.31"] == 1.5
    assert config.settings["weights.channel.21"] == 0.25
    assert omissions(config, DISCORD) == []


def test_what_is_not_known_is_told_at_any_depth(root: Path) -> None:
    config = map_with(
        root,
        DISCORD,
        [
            server(
                reactionWeightConfig={"defaultweight": 2, "weights": {"dampener": 3}},
                roleWeightConfig={"weight": {}, "weights": {"defaultWeight": 1}},
                channelWeightConfig={"weights": {"general": 2, "7 // general": 2}},
                reactionWeights={"🔥": 1},
                nsfw=True,
            )
        ],
    )

    assert sorted(omissions(config, DISCORD)) == [
        "channelWeightConfig.weights.general (not known: it is not the id of a channel)",
        "nsfw (not known)",
        "reactionWeightConfig.defaultweight (not known)",
        "reactionWeightConfig.weights.dampener (not known: it is neither an emoji nor name:id)",
        "reactionWeights (not known)",
        "roleWeightConfig.weight (not known)",
        "roleWeightConfig.weights.defaultWeight (not known: it is not the id of a role)",
    ]
    assert config.settings["weights.channel.7"] == 2
    assert not any("dampener" in key or "general" in key for key in config.settings)


def test_an_odd_entry_costs_that_entry(root: Path) -> None:
    config = map_with(
        root,
        DISCORD,
        [
            server(
                reactionWeightConfig={
                    "defaultWeight": "one",
                    "weights": {"🔥": "hot", "👎": 0, "🎉": True},
                    "applyAveraging": "yes",
                },
                roleWeightConfig=[1],
                propsChannels=["100000000000000022", "props"],
                includeNsfwChannels=True,
            ),
            7,
        ],
    )

    assert config.server_ids == [SERVER]
    assert config.settings["weights.emoji.👎"] == 0
    assert config.settings["discord.props-channels"] == ["100000000000000022"]
    assert config.settings["discord.nsfw"] is True
    assert omissions(config, DISCORD)[:-1] == [
        '[0].reactionWeightConfig.defaultWeight: "one" is not a number',
        '[0].reactionWeightConfig.weights.🔥: "hot" is not a number',
        "[0].reactionWeightConfig.weights.🎉: true is not a number",
        '[0].reactionWeightConfig.applyAveraging: "yes" is not true or false',
        "[0].roleWeightConfig: [1] is not an object",
        '[0].propsChannels: "props" is not the id of a Discord channel',
        "[1]: 7 is not an object",
        "[1].guildId: the server's id is missing",
    ]


def test_only_the_id_of_a_server_names_one(root: Path) -> None:
    servers = [server(), {**server(), "guildId": "our server"}, {**server(), "guildId": 1e17}]

    config = map_with(root, DISCORD, [*servers, {**server(), "guildId": f"{SERVER} // again"}])

    assert config.server_ids == [SERVER]
    assert omissions(config, DISCORD)[:-1] == [
        '[1].guildId: "our server" is not the id of a Discord server',
        "[2].guildId: 1e+17 is not a text",
    ]


@pytest.mark.parametrize("text", ["2021/8/4", "Aug 4 2021", "8/4/2021", "2021-08-04"])
def test_the_beginning_is_read_as_javascript_reads_it(text: str, root: Path) -> None:
    config = map_with(root, DISCORD, [server(beginningDate=text)])

    assert config.settings["history.start"] == "2021-08-04"
    assert omissions(config, DISCORD) == []


def test_the_beginning_is_in_the_zone_of_the_machine_unless_it_says_so(root: Path) -> None:
    local = map_with(root, DISCORD, [server(beginningDate="Aug 4 2021")], "Asia/Tokyo")
    iso = map_with(root, DISCORD, [server(beginningDate="2021-08-04")], "Asia/Tokyo")

    assert local.settings["history.start"] == "2021-08-03"
    assert omissions(local, DISCORD) == [
        "beginningDate: the time of day of 2021-08-03 15:00 UTC: here the whole day counts"
    ]
    assert iso.settings["history.start"] == "2021-08-04"


@pytest.mark.parametrize("value", ["someday", "", True, [2021], 1e30])
def test_a_beginning_that_nobody_can_read_is_quoted_and_left_out(
    value: object, root: Path
) -> None:
    config = map_with(root, DISCORD, [server(beginningDate=value)])

    assert "history.start" not in config.settings
    (told,) = omissions(config, DISCORD)
    assert told.startswith("beginningDate: ")
    assert told.endswith(" is not a date that JavaScript reads")
    if value == "someday":
        assert '"someday"' in told


def test_a_forum_s_odd_entries_and_unknown_keys_are_told(root: Path) -> None:
    config = map_with(
        root,
        DISCOURSE,
        {
            "serverUrl": "https://forum.example.org",
            "weights": {
                "defaultcategoryweight": 2,
                "categoryWeights": {"5 // guides": 1.5, "general": 2},
                "tagWeights": {"guide": "much", "5": 2},
            },
            "mirrorOptions": {},
            "apiKey": "x",
        },
    )

    assert config.settings["weights.category.5"] == 1.5
    assert config.settings["weights.tag.5"] == 2
    assert config.settings["discourse.url"] == "https://forum.example.org"
    assert omissions(config, DISCOURSE) == [
        "weights.categoryWeights.general (not known: it is not the id of a category)",
        'weights.tagWeights.guide: "much" is not a number',
        "weights.defaultcategoryweight (not known)",
        "mirrorOptions: the source itself decides what to read again",
        "apiKey (not known)",
    ]


@pytest.mark.parametrize("value", [None, [], {}, "text", [[]]])
def test_no_form_of_a_configuration_refuses_the_instance(value: object, root: Path) -> None:
    for name in (DISCORD, DISCOURSE):
        assert map_with(root, name, value).report
