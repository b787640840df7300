"""Parsers of what iPhones and iPads leave in backups and diagnosis archives: values and tables in, rows out."""
