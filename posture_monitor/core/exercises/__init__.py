"""Exercises for a break: what there is, what fits today, and counting them as they are done."""
