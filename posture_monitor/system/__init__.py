"""What any edge may use: clock, folders, private files, logs, D-Bus and its event loop."""
