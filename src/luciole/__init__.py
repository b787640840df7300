"""Luciole checks apps and devices for software that lets somebody secretly watch another person."""

__version__ = "0.1.0"
