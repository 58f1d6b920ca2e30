"""`python -m cardlens`."""

from cardlens.cli.main import main

main()
