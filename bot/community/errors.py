"""Every error that communities and services raise on purpose, and who can act on it.

CommunityError
├── UnknownCommunityError   the operator: name a community that exists
├── SettingMistakeError     whoever changes settings: use what the message says
├── IdentityRefusedError    whoever links accounts: do what the message says
└── NotAllowedError         whoever asked: the message says which rule is against it

Errors of `cred` and `storage` pass through unchanged.
"""

from typing import ClassVar


class CommunityError(Exception):
    """Base of everything that communities and services raise on purpose."""

    exit_status: ClassVar[int] = 2
    """Exit status of a command that this error ends: its input is wrong."""


class UnknownCommunityError(CommunityError):
    """There is no such community; the message names those that exist."""


class SettingMistakeError(CommunityError):
    """A setting's name or value cannot be used; the message says why, and what can."""


class IdentityRefusedError(CommunityError):
    """Accounts cannot be linked, merged or unlinked; the message says why, and what to do."""


class NotAllowedError(CommunityError):
    """A request is against the rules; the message says which, in one sentence."""
