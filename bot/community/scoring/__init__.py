"""Scoring a community: from its log and its settings to everybody's cred."""
