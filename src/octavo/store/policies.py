"""What policies refer to without a foreign key: pickup service points, and the rules that name a policy."""

from collections.abc import Iterable

from octavo.store.tx import Tx


async def all_are_pickup_points(tx: Tx, service_point_ids: Iterable[str]) -> bool:
    """Tell whether every one of the ids is that of a service point where requests are picked up."""
    return bool(
        await tx.connection.fetchval(
            f"""SELECT NOT EXISTS (SELECT FROM unnest($1::uuid[]) AS named WHERE NOT EXISTS (
                SELECT FROM {tx.table("service_point")} desk WHERE desk.id = named AND desk.pickup_location = 'true'))""",
            list(service_point_ids),
        )
    )


async def rules_name(tx: Tx, policy_id: str) -> bool:
    """Tell whether the id of a policy stands in the circulation rules."""
    return bool(
        await tx.connection.fetchval(
            f"""SELECT EXISTS (SELECT FROM {tx.table("circulation_rules")}
                WHERE position($1 IN lower(doc ->> 'rulesAsText')) > 0)""",
            policy_id.lower(),
        )
    )
