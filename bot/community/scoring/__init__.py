"""Scoring of a community: from its log and settings to everybody's cred."""
