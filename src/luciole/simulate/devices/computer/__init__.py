"""Simulated computers: collections as the real collector writes them, and folders of copied settings."""
