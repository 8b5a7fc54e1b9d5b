"""`admin …`: for those who look after a community."""
