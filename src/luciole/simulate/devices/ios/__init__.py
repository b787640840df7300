"""Simulated iPhones and iPads: backups, plain and encrypted, and diagnosis archives; nothing in them runs."""
