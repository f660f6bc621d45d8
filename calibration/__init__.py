"""Offline: fits and judges the constants that the package ships. Nothing imports this."""
