"""`python -m luciole` is the same as `luciole`."""

from luciole.cli.main import main

main()
