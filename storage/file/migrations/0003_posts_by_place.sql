-- A re-read of a channel asks which posts of a span of time are known there.
CREATE INDEX events_posts ON events (place, at_ms) WHERE kind = 1;
