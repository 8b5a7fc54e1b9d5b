-- A community's settings: every version ever, each a set of changes to the one before.
CREATE TABLE settings_versions (
    version INTEGER PRIMARY KEY,
    author TEXT NOT NULL,     -- never a name: "operator", "account:12"
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    hash BLOB NOT NULL        -- over the version before, this one's facts and its changes
) STRICT;

CREATE TABLE settings_changes (
    version INTEGER NOT NULL REFERENCES settings_versions (version),
    name TEXT NOT NULL,
    value TEXT,               -- canonical JSON; NULL: back to the default
    PRIMARY KEY (version, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER settings_versions_stay BEFORE UPDATE ON settings_versions
BEGIN SELECT RAISE(ABORT, 'settings versions are append-only'); END;
CREATE TRIGGER settings_versions_remain BEFORE DELETE ON settings_versions
BEGIN SELECT RAISE(ABORT, 'settings versions are append-only'); END;
CREATE TRIGGER settings_changes_stay BEFORE UPDATE ON settings_changes
BEGIN SELECT RAISE(ABORT, 'settings changes are append-only'); END;
CREATE TRIGGER settings_changes_remain BEFORE DELETE ON settings_changes
BEGIN SELECT RAISE(ABORT, 'settings changes are append-only'); END;

-- Scores, under what produced them. Derived: may be dropped and computed again.
CREATE TABLE score_snapshots (
    number INTEGER PRIMARY KEY,
    log_position INTEGER NOT NULL,
    settings_version INTEGER NOT NULL,
    parameters TEXT NOT NULL, -- canonical JSON
    algorithm TEXT NOT NULL,
    computed_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    total_mint REAL NOT NULL,
    participants TEXT NOT NULL, -- JSON list of participant ids
    digest BLOB NOT NULL,     -- over all of the above and the arrays
    UNIQUE (log_position, settings_version, parameters, algorithm)
) STRICT;

CREATE TABLE score_arrays (
    snapshot INTEGER NOT NULL REFERENCES score_snapshots (number) ON DELETE CASCADE,
    name TEXT NOT NULL,
    dtype TEXT NOT NULL CHECK (dtype IN ('<i8', '<f8')),
    shape TEXT NOT NULL,      -- JSON list
    data BLOB NOT NULL,
    PRIMARY KEY (snapshot, name)
) STRICT;
