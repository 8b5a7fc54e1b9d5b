-- Posts that a chat answered, for a day, so that none is answered twice. Expendable: may be
-- emptied at any time. Of what was asked only a hash; gone with the asker (storage/erasure.py).
CREATE TABLE answered_posts (
    source TEXT NOT NULL,
    post TEXT NOT NULL,       -- the platform's id
    asker TEXT NOT NULL,      -- the platform's id of the account that asked
    version INTEGER NOT NULL, -- which edit of the post was answered last
    line BLOB NOT NULL,       -- hash of what it asked
    at_ms INTEGER NOT NULL,   -- when it was first answered
    reread INTEGER NOT NULL DEFAULT 0 CHECK (reread IN (0, 1)),
    reply TEXT,               -- id of the answer; NULL: none (yet)
    is_private INTEGER NOT NULL DEFAULT 0 CHECK (is_private IN (0, 1)),
    is_done INTEGER NOT NULL DEFAULT 0 CHECK (is_done IN (0, 1)),
    PRIMARY KEY (source, post)
) STRICT, WITHOUT ROWID;
