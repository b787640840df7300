"""Samples: hand-in, vault, analysis, search, fetching."""
