"""Programs that take evidence from a machine; each is one file that also runs alone."""
