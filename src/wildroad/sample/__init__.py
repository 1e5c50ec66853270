"""The embedded sample: photos and scenes the project draws itself, seeded, without any asset."""
