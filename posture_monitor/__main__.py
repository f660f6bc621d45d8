"""``python -m posture_monitor`` is the command line."""

import sys

from posture_monitor.cli import main

sys.exit(main())
