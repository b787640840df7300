"""Simulated servers that speak the real protocols of connected devices; for tests, demonstrations and courses."""
