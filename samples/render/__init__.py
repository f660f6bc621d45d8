"""Draws seated people as a webcam sees them and writes down the truth of every frame.

Offline tool for making the recordings in `samples/`. Nothing in `posture_monitor` may import it.
"""
