-- What people wrote of contributions that no platform holds: a piece of manual work, what thanks
-- are for, an initiative. Given to be shown, so no message text; erased with its author.
CREATE TABLE descriptions (
    contribution INTEGER PRIMARY KEY REFERENCES contributions (number),
    title TEXT NOT NULL,
    link TEXT,                -- evidence
    revision INTEGER NOT NULL -- grows with every change to the table: who knows up to which
) STRICT;
CREATE INDEX descriptions_by_revision ON descriptions (revision);
