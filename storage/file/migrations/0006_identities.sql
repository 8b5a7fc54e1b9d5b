-- What it takes until two accounts are one person's: codes that prove it, and merges that
-- maintainers propose. The link itself is an event. Numbers of accounts only; whatever is of an
-- account goes when it is erased (storage/erasure.py).
CREATE TABLE link_codes (
    hash BLOB NOT NULL PRIMARY KEY, -- SHA-256 of the code, which is kept nowhere
    account INTEGER NOT NULL UNIQUE REFERENCES accounts (number), -- who was shown it
    platform TEXT NOT NULL,   -- source of the account that may give it
    wanted BLOB,              -- hash of the code and of which account that must be; NULL: any
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Codes asked for and codes that were none, as long as they limit the next one.
CREATE TABLE link_tries (
    number INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts (number),
    was TEXT NOT NULL CHECK (was IN ('asked', 'missed')),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE merge_proposals (
    number INTEGER PRIMARY KEY,
    one INTEGER NOT NULL REFERENCES accounts (number),
    other INTEGER NOT NULL REFERENCES accounts (number),
    proposer INTEGER NOT NULL REFERENCES accounts (number),
    reason TEXT,              -- NULL once somebody in it was erased
    at_ms INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'approved', 'rejected', 'void')),
    decider INTEGER REFERENCES accounts (number), -- NULL where it became void by itself
    decided_ms INTEGER,
    CHECK (one <> other),
    CHECK ((state = 'open') = (decided_ms IS NULL))
) STRICT;
CREATE TRIGGER merge_proposals_remain BEFORE DELETE ON merge_proposals
BEGIN SELECT RAISE(ABORT, 'merge proposals are decided, not deleted'); END;
CREATE TRIGGER merge_proposals_stay BEFORE UPDATE ON merge_proposals
WHEN OLD.state <> 'open' AND (NEW.state, NEW.decider, NEW.decided_ms, NEW.one, NEW.other,
    NEW.proposer) IS NOT (OLD.state, OLD.decider, OLD.decided_ms, OLD.one, OLD.other,
    OLD.proposer)
BEGIN SELECT RAISE(ABORT, 'a decision on a merge stands'); END;

-- Links are few among many events, and read at every start.
CREATE INDEX events_links ON events (seq) WHERE kind IN (14, 15);
