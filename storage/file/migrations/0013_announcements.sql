-- What is to be announced, and where it was posted: written in the same order as what it is
-- about, posted as soon as the platform can be reached. No texts: each is made when it is posted.
CREATE TABLE announcements (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,       -- "proposal", "result", "act" …
    about TEXT NOT NULL,      -- "proposal:3", "version:12"
    source TEXT NOT NULL,     -- the platform: "discord"
    place TEXT NOT NULL,      -- the platform's id of the channel or category to post in
    at_ms INTEGER NOT NULL,   -- since when it waits
    posted_ms INTEGER,        -- NULL: not yet
    thread TEXT,              -- id of the thread or topic that it began, or was posted in
    message TEXT,             -- id of the message
    UNIQUE (kind, about, source)
) STRICT;
