"""The identities of a SourceCred ledger, from a replay of its identity events.

Events about activity and money are ignored. Accounts are in the order of the first appearance
of any id that refers to them: after an older identity is merged into a younger one, the
younger takes the older's place. Reference: SPEC-sourcecred.md §9 and §10. Two of its quirks
are not copied: merging a merged pair again changes nothing, and renaming through a merged id
does not change which id the account has.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cred.addresses import Address, format_address
from cred.errors import InvalidInputError
from cred.files.json_values import JsonReader


@dataclass(slots=True)
class LedgerAccount:
    """One participant of a ledger."""

    id: str
    address: Address
    """Address of the identity itself."""
    name: str = ""
    """The latest name; "" if no event gives one."""
    subtype: str = "USER"
    """USER, PROJECT, ORGANIZATION or BOT."""
    aliases: list[Address] = field(default_factory=list)


class LedgerIdentities:
    """The accounts that result from some events.

    Raises
    ------
    InvalidInputError
        If an event refers to an unknown id, or creates an id or binds an address that exists.
    """

    def __init__(self, events: Iterable[JsonReader]) -> None:
        self._accounts: dict[str, LedgerAccount] = {}
        """By id, in order of appearance; after a merge several ids refer to one account."""
        self._bound: set[Address] = set()
        for event in events:
            self.apply(event.object("action"))

    def accounts(self) -> list[LedgerAccount]:
        """Return every account once, in account order."""
        return list({id(account): account for account in self._accounts.values()}.values())

    def resolve(self, identity: str) -> str:
        """Return the id of the account that an id refers to.

        Raises
        ------
        InvalidInputError
            If there is no such id.
        """
        return self._account(identity).id

    def apply(self, action: JsonReader) -> None:
        """Apply the action of one more event.

        Raises
        ------
        InvalidInputError
            As for the events given to the constructor.
        """
        match action.text("type"):
            case "CREATE_IDENTITY":
                self._create(action.object("identity"))
            case "ADD_ALIAS":
                account = self._account(action.text("identityId"))
                account.aliases.append(self._bind(action.object("alias").address("address")))
            case "MERGE_IDENTITIES":
                base = self._account(action.text("base"))
                self._merge(base, self._account(action.text("target")))
            case "RENAME_IDENTITY" if "newName" in action:
                self._account(action.text("identityId")).name = action.text("newName")
            case "CHANGE_IDENTITY_TYPE" if "newType" in action:
                self._account(action.text("identityId")).subtype = action.text("newType")
            case _:
                pass  # activity and money do not change identities

    def _create(self, identity: JsonReader) -> None:
        name = identity.text("id")
        if name in self._accounts:
            raise InvalidInputError(f"identity {name!r} is created twice.")
        self._accounts[name] = LedgerAccount(
            name,
            self._bind(identity.address("address")),
            identity.text("name") if "name" in identity else "",
            identity.text("subtype") if "subtype" in identity else "USER",
        )

    def _merge(self, base: LedgerAccount, target: LedgerAccount) -> None:
        if base is target:
            return
        base.aliases += [*target.aliases, target.address]
        for identity, account in self._accounts.items():
            if account is target:
                self._accounts[identity] = base

    def _account(self, identity: str) -> LedgerAccount:
        if identity not in self._accounts:
            raise InvalidInputError(f"the ledger knows no identity {identity!r}.")
        return self._accounts[identity]

    def _bind(self, address: Address) -> Address:
        if address in self._bound:
            raise InvalidInputError(f"the ledger binds {format_address(address)} twice.")
        self._bound.add(address)
        return address
