"""A library that writes to its patrons: templates, a notice policy, and what waits in the outbox."""

from contextlib import asynccontextmanager
from typing import Any

from library import Library
from octavo.services.notices import tell_occasions
from sides import TENANT

Json = dict[str, Any]


async def template(library: Library, header: str, body: str = "{{user.lastName}}", formats: tuple[str, ...] = ("text/html",)) -> str:
    """Add a template and return its id."""
    made = await library.post(
        "/templates", name=header, outputFormats=list(formats), templateResolver="mustache",
        localizedTemplates={"en": {"header": header, "body": body}},
    )  # fmt: skip
    return str(made["id"])


def notice(template_id: str, when: str, how: str | None = None, by: str = "", every: str = "", **more: Any) -> Json:
    """Return a notice of a policy: `by` and `every` are such as "2 Days"."""
    options: Json = {"sendWhen": when}
    if how:
        options["sendHow"] = how
    for name, text in (("sendBy", by), ("sendEvery", every)):
        if text:
            duration, interval = text.split()
            options[name] = {"duration": int(duration), "intervalId": interval}
    frequency = {"frequency": "Recurring" if every else "One time"} if how in ("Before", "After") else {}
    return {"templateId": template_id, "format": "Email", "realTime": True, "sendOptions": options, **frequency, **more}


async def policy(library: Library, *, loans: list[Json] = [], requests: list[Json] = [], fees: list[Json] = []) -> str:  # noqa: B006
    """Let a notice policy with these notices apply to everything, and return its id."""
    made = await library.post(
        "/patron-notice-policy-storage/patron-notice-policies", name=f"notices {len(library.ids)}", active=True,
        loanNotices=loans, requestNotices=requests, feeFineNotices=fees,
    )  # fmt: skip
    library.ids["no notices"] = made["id"]
    await library.rules()
    return str(made["id"])


def opened(octavo: Any, clock: Any) -> Any:
    """Return what opens transactions as timers do."""

    @asynccontextmanager
    async def begin():
        async with octavo.registry.store.transaction(TENANT, clock.now) as tx:
            yield tx

    return begin


async def told(begin: Any, library: Library) -> list[Json]:
    """Deal with what has happened, and return the messages that there are now, the oldest first."""
    await tell_occasions(begin)
    return await outbox(library)


async def outbox(library: Library) -> list[Json]:
    found = await library.get("/email?query=cql.allRecords=1 sortBy metadata.createdDate&limit=1000")
    listed: list[Json] = found["emailEntity"]
    return listed


def headers(messages: list[Json]) -> list[str]:
    return sorted(message["header"] for message in messages)


async def scheduled(library: Library, **where: str) -> list[Json]:
    """Return the scheduled notices, by time."""
    query = " and ".join(f'{name}=="{value}"' for name, value in where.items()) or "cql.allRecords=1"
    found = await library.get(f"/scheduled-notice-storage/scheduled-notices?query={query} sortBy nextRunTime&limit=1000")
    listed: list[Json] = found["scheduledNotices"]
    return listed
