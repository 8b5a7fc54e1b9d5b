"""The REST side, version 10: a file per kind of thing; every request passes `entry`."""
