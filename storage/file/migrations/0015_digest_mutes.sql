-- Who does not want to be named in the weekly digest. The row goes when the account is erased.
CREATE TABLE digest_mutes (
    account INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (number),
    at_ms INTEGER NOT NULL
) STRICT;
