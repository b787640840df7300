"""Artefacts of Windows, macOS and Linux → records about programs and rows about the computer; pure."""
