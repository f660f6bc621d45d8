"""One module for each command of the CLI: wiring, and nothing that decides."""
