"""The running program: its loop, its calibrations, what it answers and records."""
