"""The local web page: what is now, what was, profiles, settings, calibration; loopback only."""
