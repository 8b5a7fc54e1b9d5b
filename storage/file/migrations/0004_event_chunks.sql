-- Derived: spans of the log as columns (storage/chunks.py), so that a start reads arrays, not
-- rows. May be dropped at any time; made once, never changed.
CREATE TABLE event_chunks (
    first_seq INTEGER PRIMARY KEY,
    last_seq INTEGER NOT NULL CHECK (last_seq >= first_seq),
    format INTEGER NOT NULL,
    checksum BLOB NOT NULL,   -- SHA-256 of the hash of event last_seq and of data
    data BLOB NOT NULL
) STRICT;
CREATE TRIGGER event_chunks_stay BEFORE UPDATE ON event_chunks
BEGIN SELECT RAISE(ABORT, 'a chunk never changes: drop it and make it anew'); END;
