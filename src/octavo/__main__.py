"""`python -m octavo` is the command `octavo`."""

from octavo.app.commands import main

main()
