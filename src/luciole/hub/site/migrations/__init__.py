"""Migrations, forward only, with data."""
