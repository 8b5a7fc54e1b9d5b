"""Every error that the services raise on purpose, and who can act on it.

ServiceError
├── UnknownCommunityError   the operator: name a community that there is
├── SettingMistakeError     whoever changes settings: the message says what would do
├── IdentityRefusedError    whoever wants to link accounts: the message says what would do
└── RefusedError            whoever asked: the message says what is against it

What `cred` and `storage` raise goes through the services as it is.
"""

from typing import ClassVar


class ServiceError(Exception):
    """Base of everything the services raise on purpose."""

    exit_status: ClassVar[int] = 2
    """Status with which a command ends that this error stopped: its input is wrong."""


class UnknownCommunityError(ServiceError):
    """There is no such community here; the message names those there are."""


class SettingMistakeError(ServiceError):
    """A setting's name or value cannot be used; the message says why and what would do."""


class IdentityRefusedError(ServiceError):
    """Accounts can't be linked, merged or un-linked; the message says why, what would do."""


class NotAllowedError(ServiceError):
    """What was asked for is against the rules; the message says which, in one sentence."""
