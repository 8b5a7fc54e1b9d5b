-- What the log must not hold again: keyed hashes of the platform ids of erased accounts, and of
-- what they posted. They name no number, so whoever has the file can test a guess of an id, and
-- learns that it was erased, but not which events were of it (docs/privacy.md).
CREATE TABLE tombstone_key (
    key BLOB NOT NULL
) STRICT;

CREATE TABLE tombstones (
    hash BLOB NOT NULL PRIMARY KEY, -- HMAC-SHA-256 of table, source and id, under the file's key
    lifted_ms INTEGER               -- what is dated from then on is recorded; NULL: nothing is
) STRICT, WITHOUT ROWID;
