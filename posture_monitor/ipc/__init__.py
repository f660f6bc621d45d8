"""The control channel between a running monitor and the commands of its user."""
