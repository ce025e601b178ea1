"""A small library for tests, made over HTTP as a client would make it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

Json = dict[str, Any]


@dataclass
class Library:
    """The ids of what there is, and ways to add patrons, books and loans."""

    client: httpx.AsyncClient
    clock: Callable[[], datetime]
    ids: dict[str, str] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))

    @classmethod
    async def founded(cls, client: httpx.AsyncClient, clock: Callable[[], datetime]) -> "Library":
        library = cls(client, clock)
        await library._places()
        await library._types()
        await library._policies()
        await library.rules()
        return library

    async def post(self, path: str, /, **record: Any) -> Json:
        """Create a record and return it; anything but 201 fails the test with the server's answer."""
        answer = await self.client.post(path, json=record)
        assert answer.status_code == 201, f"POST {path}: {answer.status_code} {answer.text}"
        made: Json = answer.json()
        return made

    async def get(self, path: str) -> Json:
        answer = await self.client.get(path)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text}"
        found: Json = answer.json()
        return found

    async def put(self, path: str, record: Json) -> None:
        answer = await self.client.put(path, json=record)
        assert answer.status_code == 204, f"PUT {path}: {answer.status_code} {answer.text}"

    async def _keep(self, name: str, path: str, /, **record: Any) -> str:
        self.ids[name] = (await self.post(path, **record))["id"]
        return self.ids[name]

    async def _places(self) -> None:
        for name, code in (("main", "M"), ("branch", "B")):
            await self._keep(
                f"{name} desk", "/service-points", name=f"{name} desk", code=f"{code}D",
                discoveryDisplayName=f"The {name} desk", pickupLocation=True,
                holdShelfExpiryPeriod={"duration": 3, "intervalId": "Weeks"},
            )
        institution = await self._keep("institution", "/location-units/institutions", name="City", code="C")
        campus = await self._keep("campus", "/location-units/campuses", name="Centre", code="CC", institutionId=institution)
        library = await self._keep("library", "/location-units/libraries", name="Main", code="CCM", campusId=campus)
        for name in ("main", "branch"):
            await self._keep(
                f"{name} stacks", "/locations", name=f"{name} stacks", code=f"{name}/st", discoveryDisplayName=f"{name} stacks",
                institutionId=institution, campusId=campus, libraryId=library,
                primaryServicePoint=self.ids[f"{name} desk"], servicePointIds=[self.ids[f"{name} desk"]],
            )

    async def _types(self) -> None:
        await self._keep("students", "/groups", group="students")
        await self._keep("staff", "/groups", group="staff")
        await self._keep("book", "/material-types", name="book")
        await self._keep("film", "/material-types", name="film")
        await self._keep("can circulate", "/loan-types", name="can circulate")
        await self._keep("text", "/instance-types", name="text", code="txt", source="rdacontent")
        await self._keep("personal name", "/contributor-name-types", name="Personal name")
        await self._keep("source", "/holdings-sources", name="local")
        await self._keep("cancelled by patron", "/cancellation-reason-storage/cancellation-reasons", name="by patron")

    async def _policies(self) -> None:
        await self._keep("three weeks", "/loan-policy-storage/loan-policies", **LOAN_POLICY)
        await self._keep(
            "all requests", "/request-policy-storage/request-policies", name="all", requestTypes=["Hold", "Page", "Recall"]
        )
        await self._keep("no notices", "/patron-notice-policy-storage/patron-notice-policies", name="none", active=True)
        await self._keep("no fines", "/overdue-fines-policies", name="no fines")
        await self._keep("no lost fees", "/lost-item-fees-policies", name="no lost fees")

    async def rules(self, text: str | None = None, loan: str = "three weeks", request: str = "all requests") -> None:
        """Set the circulation rules; by default everything falls back to one set of policies."""
        ids = self.ids
        policies = f"l {ids[loan]} r {ids[request]} n {ids['no notices']} o {ids['no fines']} i {ids['no lost fees']}"
        rules = text or f"priority: t, s, c, b, a, m, g\nfallback-policy: {policies}\n"
        await self.put("/circulation/rules", {"rulesAsText": rules})

    async def patron(self, group: str = "students", **more: Any) -> Json:
        """Add a patron with barcode, user name and externalSystemId."""
        number = next(self._numbers)
        personal = {"lastName": f"Reader{number}", "firstName": "Ann", "email": f"reader{number}@example.org"}
        record = {
            "id": str(uuid4()), "username": f"reader{number}", "barcode": f"P{number:06}", "externalSystemId": f"ext {number}",
            "active": True, "type": "patron", "patronGroup": self.ids[group], "personal": personal,
        }
        return await self.post("/users", **{**record, **more})

    async def instance(self, title: str | None = None, **more: Any) -> Json:
        contributors = [{"name": "Austen, Jane", "contributorNameTypeId": self.ids["personal name"], "primary": True}]
        title = title or f"Book {next(self._numbers)}"
        return await self.post(
            "/instance-storage/instances", title=title, source="local", instanceTypeId=self.ids["text"],
            contributors=contributors, **more,
        )

    async def instance_of(self, item: Json) -> Json:
        """Return the work that an item is a copy of."""
        holdings = await self.get(f"/holdings-storage/holdings/{item['holdingsRecordId']}")
        return await self.get(f"/instance-storage/instances/{holdings['instanceId']}")

    async def item(self, instance: Json | None = None, stacks: str = "main stacks", **more: Any) -> Json:
        """Add an available item, with holdings and an instance of its own unless one is given."""
        instance = instance or await self.instance()
        holdings = await self.post(
            "/holdings-storage/holdings", instanceId=instance["id"], permanentLocationId=self.ids[stacks],
            sourceId=self.ids["source"], callNumber="PR4034 .P7",
        )
        record: Json = {
            "holdingsRecordId": holdings["id"], "barcode": f"I{next(self._numbers):06}", "status": {"name": "Available"},
            "materialTypeId": self.ids["book"], "permanentLoanTypeId": self.ids["can circulate"],
        }
        return await self.post("/item-storage/items", **{**record, **more})

    async def check_out(self, patron: Json, item: Json, desk: str = "main desk", **more: Any) -> Json:
        """Lend an item to a patron and return the loan."""
        return await self.post(
            "/circulation/check-out-by-barcode", itemBarcode=item["barcode"], userBarcode=patron["barcode"],
            servicePointId=self.ids[desk], **more,
        )

    async def check_in(self, item: Json, desk: str = "main desk", **more: Any) -> Json:
        """Take an item back and return what the desk is told."""
        record = {"itemBarcode": item["barcode"], "servicePointId": self.ids[desk], "checkInDate": self.clock().isoformat()}
        answer = await self.client.post("/circulation/check-in-by-barcode", json={**record, **more})
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def hold(self, patron: Json, item: Json, desk: str = "main desk", **more: Any) -> Json:
        """Place an item-level request (a hold unless said otherwise) and return it."""
        holdings = await self.get(f"/holdings-storage/holdings/{item['holdingsRecordId']}")
        record = {
            "requestType": "Hold", "requestLevel": "Item", "requestDate": self.clock().isoformat(),
            "requesterId": patron["id"], "itemId": item["id"], "holdingsRecordId": holdings["id"],
            "instanceId": holdings["instanceId"], "fulfillmentPreference": "Hold Shelf",
            "pickupServicePointId": self.ids[desk],
        }
        return await self.post("/circulation/requests", **{**record, **more})


LOAN_POLICY: Json = {
    "name": "three weeks",
    "loanable": True,
    "renewable": True,
    "loansPolicy": {
        "profileId": "Rolling",
        "period": {"duration": 3, "intervalId": "Weeks"},
        "closedLibraryDueDateManagementId": "CURRENT_DUE_DATE_TIME",
    },
    "renewalsPolicy": {"unlimited": False, "numberAllowed": 2, "renewFromId": "SYSTEM_DATE", "differentPeriod": False},
}
