"""The desktop at the edge: telling the user things, and learning whether they are there."""
