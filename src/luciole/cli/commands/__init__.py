"""One file per command, found by walking this folder; each offers `command`."""
