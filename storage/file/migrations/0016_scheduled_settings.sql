-- Changes of settings that are decided and take effect later. Once they do, they are a version.
CREATE TABLE scheduled_settings (
    number INTEGER PRIMARY KEY,
    changes TEXT NOT NULL,       -- JSON: name → new value; null: back to the default
    author TEXT NOT NULL,        -- as of settings_versions
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL,      -- when it was decided
    effective_ms INTEGER NOT NULL
) STRICT;
