"""Figures of recorded days: spells, breaks, totals."""
