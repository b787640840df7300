"""The same check over many files, on all cores."""
