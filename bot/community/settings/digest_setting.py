"""Whether the week's digest is announced: the setting."""

from typing import Final

from bot.community.settings.definitions import Definition, parse_yes_or_no

WEEKLY_DIGEST: Final = "digest.weekly"

DEFINITIONS: Final = (
    Definition(
        WEEKLY_DIGEST,
        default=False,
        help="Announce once a week who gained cred in it, and from what. Whoever does not want "
        "to be named there says so: me visibility digest off.",
        example="yes",
        parse=parse_yes_or_no,
    ),
)
