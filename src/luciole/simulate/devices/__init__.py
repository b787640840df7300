"""Simulated Android devices: acquisitions and bug reports of any size, for tests, demonstrations and course labs."""
