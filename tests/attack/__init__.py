"""The attack on a running server. `make attack` runs all of it, `make test` a short form.

Each module holds one kind of attack; what it found stands in an `Outcome`. A finding is a mistake of the server.
`PLANNED` in `attack.__main__` names what is still to come: the pages of patrons, with forged forms and scripts in names.
"""
