"""A posture and sitting-time monitor that uses an ordinary webcam.

Importing this package imports nothing else: cameras, models and desktops are loaded
where they are first needed, so that ``--help`` and ``status`` stay instant.
"""

__version__ = "0.1.0"
