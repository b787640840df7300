"""Inert programs of computers and iPhones, for tests and course labs: they name much and do nothing."""
