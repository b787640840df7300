"""Inert app files of any shape, built from a description; nothing in them can run."""
