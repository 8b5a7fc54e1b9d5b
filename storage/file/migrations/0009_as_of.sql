-- As of when something was said, so that an older statement never overrules a newer one.
--
-- Names: what was known before this file is as new as the log.
ALTER TABLE accounts ADD COLUMN told_ms INTEGER;
ALTER TABLE places ADD COLUMN told_ms INTEGER;
UPDATE accounts SET told_ms = (SELECT max(seen_ms) FROM events) WHERE name IS NOT NULL;
UPDATE places SET told_ms = (SELECT max(seen_ms) FROM events) WHERE name IS NOT NULL;

-- Whole statements about a contribution: whatever they do not name was not there. `told` is a
-- JSON list of [milliseconds UTC, [what that statement does not tell all of]].
CREATE TABLE statements (
    contribution INTEGER PRIMARY KEY REFERENCES contributions (number),
    told TEXT NOT NULL
) STRICT;
