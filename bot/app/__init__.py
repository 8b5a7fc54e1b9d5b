"""Wiring: builds every part of the running bot, and closes them in reverse."""
