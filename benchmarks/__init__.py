"""What it costs and how fast it reacts; ``python -m benchmarks --help``."""
