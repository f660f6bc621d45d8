"""Cameras and models: frames come in, landmarks and faces go out.

Importing this package loads neither OpenCV nor a model runtime; its modules do so when an
engine is built.
"""
