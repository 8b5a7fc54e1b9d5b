"""The REST API, version 10: one file per resource; every request passes `entry`."""
