-- Places are few among many events, and which is in which is asked before every reply.
CREATE INDEX events_places ON events (seq) WHERE kind = 12;
