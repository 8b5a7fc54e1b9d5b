"""`credbot check`: tells what is not in order for `credbot run`, and what to do about it."""
