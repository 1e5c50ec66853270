"""What surrounds a run: a lock on its folder, a record of it, its errors, its interruption."""
