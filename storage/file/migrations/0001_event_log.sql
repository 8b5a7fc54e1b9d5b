-- The event log, and the side tables that say what its numbers stand for.
--
-- The log holds numbers only. What identifies a person (platform ids, names) is in the side
-- tables, so that it can be erased without touching the log. `after_seq` is the log's last
-- event when the row was made: the next event's hash covers the row (see storage/chain.py).

CREATE TABLE sources (
    number INTEGER PRIMARY KEY,
    ref TEXT NOT NULL UNIQUE,
    after_seq INTEGER NOT NULL
) STRICT;

CREATE TABLE accounts (
    number INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources (number),
    ref TEXT,                 -- the platform's id; NULL once erased
    salt BLOB,                -- makes the row's commitment unguessable; NULL once erased
    commitment BLOB,          -- kept in place of ref and salt once erased
    kind TEXT NOT NULL DEFAULT 'user' CHECK (kind IN ('user', 'bot', 'webhook')),
    name TEXT,
    opted_out_ms INTEGER,
    erased_ms INTEGER,
    after_seq INTEGER NOT NULL,
    revision INTEGER NOT NULL, -- grows with every change to the table: who knows up to which
    UNIQUE (source, ref),
    CHECK ((ref IS NULL) = (erased_ms IS NOT NULL)),
    CHECK ((ref IS NULL) = (salt IS NULL)),
    CHECK ((ref IS NULL) = (commitment IS NOT NULL))
) STRICT;
CREATE INDEX accounts_by_revision ON accounts (revision);

-- Who was erased, and when: readers start anew, and a restored backup can be erased again.
CREATE TABLE erasures (
    number INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts (number),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE contributions (
    number INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources (number),
    ref TEXT,
    salt BLOB,
    commitment BLOB,
    after_seq INTEGER NOT NULL,
    UNIQUE (source, ref),
    CHECK ((ref IS NULL) = (salt IS NULL)),
    CHECK ((ref IS NULL) = (commitment IS NOT NULL))
) STRICT;

CREATE TABLE places (
    number INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources (number),
    ref TEXT NOT NULL,
    name TEXT,
    kind TEXT,
    after_seq INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (source, ref)
) STRICT;
CREATE INDEX places_by_revision ON places (revision);

CREATE TABLE texts (
    number INTEGER PRIMARY KEY,
    ref TEXT NOT NULL UNIQUE,
    after_seq INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources (number),
    key TEXT NOT NULL,        -- "family:subject#flip", in numbers
    kind INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    how INTEGER NOT NULL,
    actor INTEGER REFERENCES accounts (number),
    target INTEGER REFERENCES contributions (number),
    object INTEGER,           -- an account, a contribution or a place, as the kind says
    place INTEGER REFERENCES places (number),
    text INTEGER REFERENCES texts (number),
    value INTEGER NOT NULL,
    estimated INTEGER NOT NULL CHECK (estimated IN (0, 1)),
    hash BLOB NOT NULL,
    UNIQUE (source, key)
) STRICT;

-- Derived: the state of subjects whose state can change. Rebuilt from the log at will.
CREATE TABLE known (
    subject TEXT PRIMARY KEY, -- "family:subject"
    state TEXT NOT NULL,
    flips INTEGER NOT NULL    -- events of the subject so far
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    position TEXT NOT NULL,
    PRIMARY KEY (source, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE gaps (
    number INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources (number),
    place INTEGER REFERENCES places (number),
    from_ms INTEGER NOT NULL,
    to_ms INTEGER CHECK (to_ms >= from_ms),
    reason TEXT NOT NULL,
    closed_ms INTEGER
) STRICT;
CREATE INDEX gaps_by_place ON gaps (source, place);

-- The log can only grow, by one event after the other. `recursive_triggers` makes the second
-- trigger fire for INSERT OR REPLACE too; the third holds even on connections without it.
CREATE TRIGGER events_stay BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_follow BEFORE INSERT ON events
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'events are append-only: seq must be the next number'); END;

-- What a number stands for can be erased, never changed.
CREATE TRIGGER sources_stay BEFORE UPDATE ON sources
BEGIN SELECT RAISE(ABORT, 'sources are append-only'); END;
CREATE TRIGGER sources_remain BEFORE DELETE ON sources
BEGIN SELECT RAISE(ABORT, 'sources are append-only'); END;
CREATE TRIGGER texts_stay BEFORE UPDATE ON texts
BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END;
CREATE TRIGGER texts_remain BEFORE DELETE ON texts
BEGIN SELECT RAISE(ABORT, 'texts are append-only'); END;
CREATE TRIGGER accounts_stay BEFORE UPDATE OF number, source, ref, salt, after_seq ON accounts
WHEN NEW.number IS NOT OLD.number OR NEW.source IS NOT OLD.source
    OR NEW.after_seq IS NOT OLD.after_seq
    OR (NEW.ref IS NOT NULL AND (NEW.ref IS NOT OLD.ref OR NEW.salt IS NOT OLD.salt))
BEGIN SELECT RAISE(ABORT, 'an account keeps its number'); END;
CREATE TRIGGER accounts_remain BEFORE DELETE ON accounts
BEGIN SELECT RAISE(ABORT, 'accounts are erased, not deleted'); END;
CREATE TRIGGER contributions_stay BEFORE UPDATE ON contributions
WHEN NEW.number IS NOT OLD.number OR NEW.source IS NOT OLD.source
    OR NEW.after_seq IS NOT OLD.after_seq
    OR (NEW.ref IS NOT NULL AND (NEW.ref IS NOT OLD.ref OR NEW.salt IS NOT OLD.salt))
BEGIN SELECT RAISE(ABORT, 'a contribution keeps its number'); END;
CREATE TRIGGER contributions_remain BEFORE DELETE ON contributions
BEGIN SELECT RAISE(ABORT, 'contributions are erased, not deleted'); END;
CREATE TRIGGER places_stay BEFORE UPDATE OF number, source, ref, after_seq ON places
WHEN NEW.number IS NOT OLD.number OR NEW.source IS NOT OLD.source
    OR NEW.ref IS NOT OLD.ref OR NEW.after_seq IS NOT OLD.after_seq
BEGIN SELECT RAISE(ABORT, 'a place keeps its number'); END;
CREATE TRIGGER places_remain BEFORE DELETE ON places
BEGIN SELECT RAISE(ABORT, 'places are never deleted'); END;
