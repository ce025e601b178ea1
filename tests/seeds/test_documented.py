"""The seeds and the tests agree: whatever is documented is exercised, and whatever is exercised is documented."""

from octavo.edge import side
from seeds.exercises import ADDED, DOCUMENTED, NEVER, claims


def test_every_documented_answer_is_exercised_and_no_other():
    documented = {
        (operation, code) for operations in DOCUMENTED.values() for operation, codes in operations.items() for code in codes
    }
    added = {(operation, code) for operation, codes in ADDED.items() for code in codes}
    exercised = {(claim.operation, claim.code) for claim in claims()}
    assert NEVER.keys() <= documented
    assert not added & documented
    assert exercised == documented - NEVER.keys() | added


def test_every_operation_of_the_seeds_is_served_by_a_route(octavo):
    def shape(method, path):
        return method, tuple("{}" if part.startswith("{") else part for part in path.split("/"))

    okapi = {shape(route.method, route.path) for route in octavo.routes}
    edge = {shape(route.method, route.path) for route in side.ROUTES}
    for seed, operations in DOCUMENTED.items():
        for operation in operations:
            assert shape(*operation.split(" ")) in (edge if seed == "004" else okapi), operation
