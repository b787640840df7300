"""The hub: the server of a coalition, one Django app per domain."""
