"""The REST side, version 10: one file per kind of thing, `entry` is where every request passes."""
