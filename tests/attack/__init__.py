"""The attack on a running server. `make attack` runs all of it, `make test` a short form.

Each module holds one kind of attack; what it found stands in an `Outcome`. A finding is a mistake of the server.
The pages of patrons (forged forms, hostile words) and the deliveries of webhooks are attacked by their own tests, which
`make attack` runs with those of the guards.
"""
