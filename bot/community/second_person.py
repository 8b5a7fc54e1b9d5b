"""What two people must do: whoever confirms something has to be somebody else."""

from collections.abc import Callable, Iterable

from bot.community.errors import NotAllowedError


def require_second_person(
    by: int, whose: Iterable[int | None], person_of: Callable[[int], int], refusal: str
) -> None:
    """Check that whoever confirms something is nobody of those whose it is.

    People are compared, not accounts.

    Parameters
    ----------
    by
        The account that confirms.
    whose
        Accounts of those who may not: who asked for it, or gains by it. None is nobody.
    person_of
        Returns the person of an account.
    refusal
        The sentence that says who has to do it instead.

    Raises
    ------
    NotAllowedError
        If it is one of them.
    """
    person = person_of(by)
    if any(account is not None and person_of(account) == person for account in whose):
        raise NotAllowedError(refusal)
