"""`me …`: one's own accounts on all platforms. Every reply is private."""
