"""The attack on a running server. `make attack` runs all of it, `make test` a short form.

Each module holds one kind of attack; what it found stands in an `Outcome`. A finding is a mistake of the server.
The pages of patrons (forged forms, scripts in names) and webhooks (requests to private addresses) are attacked where
they are tested: `PLANNED` in `attack.__main__` names what is still to come.
"""
