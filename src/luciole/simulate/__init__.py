"""Inert apps and simulated devices for tests, demonstrations and course labs."""
