-- Contribution graphs that are kept as they were: those of a SourceCred instance. The columns of
-- `cred.archive.Archive`, packed in pieces; addresses hold platform ids, so an erasure scrubs them.
CREATE TABLE archives (
    name TEXT PRIMARY KEY,    -- the plugin: "discord"
    kept_ms INTEGER NOT NULL,
    digest BLOB NOT NULL      -- SHA-256 over all columns, unpacked
) STRICT, WITHOUT ROWID;

CREATE TABLE archive_pieces (
    archive TEXT NOT NULL REFERENCES archives (name) ON DELETE CASCADE,
    field TEXT NOT NULL,
    place INTEGER NOT NULL,   -- pieces of a field, in order, from 0
    data BLOB NOT NULL,       -- zlib
    PRIMARY KEY (archive, field, place)
) STRICT;
