"""Landmarks in, events out: pure functions on frozen records. Nothing here does I/O."""
