"""What to tell a person, by language; reviewed like code."""
