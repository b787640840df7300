"""Installers: what they are, and what they say they put in place."""
