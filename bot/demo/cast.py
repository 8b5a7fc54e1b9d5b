"""The sample community: its people, roles, channels, emoji and settings.

"Lantern Gardens" builds an open controller for small greenhouses. All people are invented. Ids
look like Discord's, because the sample stands in for the Discord source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.demo.snowflakes import snowflake

GUILD: Final = str(snowflake(1_577_934_245_000, 7))
"""Id of the fictional server."""
SERVER_NAME: Final = "Lantern Gardens"

MAINTAINER: Final = "Farah Tennant"
"""The person whom the demo's visitor speaks as, unless they name another. Examples in README
and in help name others, for nobody can thank themselves."""
HELPER: Final = "Imke Raab"
"""Says little and helps much; she is thanked in #props."""
SPAMMER: Final = "CoinDropper"
"""Floods #random for three days, reacts to his own messages, and is banned."""


@dataclass(frozen=True, slots=True)
class CastMember:
    """Somebody in the sample."""

    name: str
    id: str
    talk_weight: float
    """Share of conversations started and joined, relative to the others."""
    popularity: float
    """How often others react to their messages; 1 is usual."""
    reaction_weight: float
    """Share of reactions given, relative to the others."""
    joins_week: int
    """Week of joining; 0 for the founders."""
    leaves_week: int | None = None
    """Week of leaving; None if they stay."""
    role: str | None = None


@dataclass(frozen=True, slots=True)
class SampleChannel:
    """A channel, forum or category of the sample."""

    name: str
    id: str
    type: str
    """Type of the place, as the Discord source names it."""
    parent: str | None
    activity: float = 0.0
    """Share of all conversations, relative to the others."""
    emoji: tuple[str, ...] = ()
    """Emoji that people react with here, the likeliest first."""
    nsfw: bool = False


def _place_id(number: int) -> str:
    return str(snowflake(1_577_934_300_000 + 60_000 * number, number))


def _account_id(number: int) -> str:
    return str(snowflake(1_546_300_800_000 + 86_400_000 * 5 * number, number))


SEEDLING: Final = f"seedling:{_place_id(90)}"
"""A custom emoji of the server."""

ROLES: Final[Mapping[str, str]] = {
    "maintainer": _place_id(70),
    "contributor": _place_id(71),
    "gardener": _place_id(72),
}

_WELCOME, _WORK, _SOCIAL = _place_id(1), _place_id(2), _place_id(3)
_WARM = ("❤️", "🎉", "🙏", "👏", SEEDLING)
_USEFUL = ("👍", "🚀", "👀", "✅", SEEDLING, "❤️")
_FUN = ("😂", "👍", "🔥", "🐸", "👎")

CHANNELS: Final = (
    SampleChannel("Welcome", _WELCOME, "category", None),
    SampleChannel("Work", _WORK, "category", None),
    SampleChannel("Social", _SOCIAL, "category", None),
    SampleChannel(
        "announcements", _place_id(10), "announcement channel", _WELCOME, 0.02, _WARM
    ),
    SampleChannel(
        "general", _place_id(11), "text channel", _WELCOME, 0.22, ("👍", "❤️", "😂", "🎉")
    ),
    SampleChannel("dev", _place_id(12), "text channel", _WORK, 0.26, _USEFUL),
    SampleChannel(
        "design", _place_id(13), "text channel", _WORK, 0.09, ("❤️", "👍", "👀", SEEDLING)
    ),
    SampleChannel("docs", _place_id(14), "text channel", _WORK, 0.06, _USEFUL),
    SampleChannel("help", _place_id(15), "forum", _WORK, 0.12, ("✅", "🙏", "👍", "❤️")),
    SampleChannel("props", _place_id(16), "text channel", _SOCIAL, 0.07, _WARM),
    SampleChannel("random", _place_id(17), "text channel", _SOCIAL, 0.14, _FUN),
    SampleChannel("after-dark", _place_id(18), "text channel", _SOCIAL, 0.02, _FUN, nsfw=True),
)
BY_NAME: Final[Mapping[str, SampleChannel]] = {channel.name: channel for channel in CHANNELS}

# name, talk_weight, popularity, reaction_weight, joins_week, leaves_week, role
_PEOPLE: Final[tuple[tuple[str, float, float, float, int, int | None, str | None], ...]] = (
    (MAINTAINER, 9.0, 1.5, 5.0, 0, None, "maintainer"),
    ("Bruno Castellan", 8.0, 1.3, 3.0, 0, None, "maintainer"),
    ("Chidi Varga", 7.0, 1.2, 4.0, 0, None, "contributor"),
    ("Dilnoza Rahim", 6.0, 1.6, 4.0, 0, None, "contributor"),
    ("Emeka Lindqvist", 6.0, 0.9, 2.0, 0, None, "contributor"),
    ("Ada Okonjo", 5.0, 1.4, 6.0, 0, None, "contributor"),
    (HELPER, 1.5, 3.2, 2.0, 0, None, "contributor"),
    ("Goran Petrelli", 5.0, 0.8, 1.0, 0, 12, "contributor"),
    ("Hana Oyelaran", 4.5, 1.2, 5.0, 0, None, "contributor"),
    ("Ivo Marchetti", 4.0, 1.0, 2.0, 0, None, "gardener"),
    ("Jun Abelard", 4.0, 1.1, 3.0, 0, None, "gardener"),
    ("Kaya Brightwell", 4.0, 1.3, 4.0, 1, None, "contributor"),
    ("Lior Sandoval", 3.5, 0.9, 2.0, 0, None, "gardener"),
    ("Mwangi Fiore", 3.5, 1.0, 3.0, 2, None, "gardener"),
    ("Noor Halvorsen", 3.0, 1.2, 3.0, 0, None, "gardener"),
    ("Odile Kanmani", 3.0, 1.0, 2.0, 3, None, "gardener"),
    ("Pavel Quintero", 3.0, 0.7, 1.0, 0, 7, "gardener"),
    ("Quynh Dasgupta", 2.5, 1.3, 3.0, 1, None, "gardener"),
    ("Rasmus Idowu", 2.5, 1.0, 2.0, 4, None, "gardener"),
    ("Saoirse Nakagawa", 2.5, 1.4, 4.0, 2, None, "gardener"),
    ("Tomasz Ferreira", 2.0, 0.9, 1.0, 0, None, "gardener"),
    ("Uma Björklund", 2.0, 1.1, 3.0, 5, None, "gardener"),
    ("Viktor Adeyemi", 2.0, 0.8, 1.0, 0, None, None),
    ("Wanjiru Costa", 2.0, 1.2, 2.0, 3, None, None),
    ("Xenia Morales", 1.8, 1.0, 2.0, 6, None, None),
    ("Yusuf Hartmann", 1.8, 0.9, 1.0, 0, None, None),
    ("Zofia Mbeki", 1.6, 1.2, 2.0, 4, None, None),
    ("Arlo Venkat", 1.5, 1.0, 1.0, 7, None, None),
    ("Beatriz Solheim", 1.5, 1.1, 2.0, 1, None, None),
    ("Caspian Duarte", 1.4, 0.7, 1.0, 0, 5, None),
    ("Delphine Osei", 1.4, 1.0, 2.0, 8, None, None),
    ("Enzo Kowalczyk", 1.3, 0.9, 1.0, 0, None, None),
    ("Freya Banerjee", 1.2, 1.2, 2.0, 2, None, None),
    ("Grace Salazar", 1.2, 1.0, 1.0, 9, None, None),
    ("Hyun Laurent", 1.0, 1.0, 1.0, 5, None, None),
    ("Inés Thorvald", 1.0, 1.1, 2.0, 10, None, None),
    ("Jasper Nwosu", 0.9, 0.9, 1.0, 0, None, None),
    ("Kirsi Almeida", 0.8, 1.0, 1.0, 11, None, None),
    ("Leandro Fujita", 0.8, 1.0, 1.0, 3, None, None),
    ("Maren Chukwu", 0.6, 1.0, 1.0, 12, None, None),
    ("Niko Restrepo", 0.6, 0.8, 1.0, 6, None, None),
    ("Orla Zhang", 0.5, 1.2, 2.0, 13, None, None),
    ("Pilar Eriksen", 0.3, 1.0, 4.0, 0, None, None),
    (SPAMMER, 0.0, 0.05, 0.0, 8, 9, None),
)
PEOPLE: Final = tuple(
    CastMember(row[0], _account_id(number), *row[1:]) for number, row in enumerate(_PEOPLE)
)

BOT_NAME: Final = "Sprinkler"
BOT: Final = _account_id(200)
"""A bot that posts the weather each morning; people react to it."""
WEBHOOK_NAME: Final = "Forge"
WEBHOOK: Final = _account_id(201)
"""A webhook that posts builds to #dev."""

SETTINGS: Final[Mapping[str, str | float]] = {
    "discord.props-channels": BY_NAME["props"].id,
    "discord.bots": "no",
    f"weights.emoji.{SEEDLING}": 3.0,
    "weights.emoji.🎉": 2.0,
    "weights.emoji.👎": 0.0,
    f"weights.channel.{BY_NAME['random'].id}": 0.25,
    "roles.maintainers": ROLES["maintainer"],
    f"weights.role.{ROLES['maintainer']}": 2.0,
    f"weights.role.{ROLES['contributor']}": 1.5,
}
"""The community's settings; all others keep their defaults."""
