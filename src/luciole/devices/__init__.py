"""Evidence taken from a device, to facts."""
