"""Proof by trying: faults, crashes, hostile input, privacy and long runs, on the real program.

Each module is a command (``python -m proof.faults``) that prints a table of what was tried,
what was promised and what happened, and exits with 1 where a promise was not kept.
"""
