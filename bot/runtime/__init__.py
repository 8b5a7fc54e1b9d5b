"""What keeps the process going: supervision, scheduling, connections, logs."""
