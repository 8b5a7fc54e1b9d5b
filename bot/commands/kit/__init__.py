"""What every command is made of: requests, replies, dispatch, resolving arguments."""
