"""Evidence from a device that is connected now: the protocols, the list of what may be asked, and one acquisition."""
