"""The words every part of Luciole shares: no input or output, no clock, no chance."""
