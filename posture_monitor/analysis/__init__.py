"""Recorded videos, one or thousands."""
