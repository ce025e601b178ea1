"""PINs of patrons, for self-service machines and the patron's page (FOLIO mod-users): kept as hashes alone."""

from dataclasses import dataclass

from octavo.auth import visits
from octavo.auth.registry import Registry
from octavo.errors import NotFound, refuse
from octavo.http.bodies import read_body
from octavo.http.call import Call, Reply
from octavo.http.routes import Route
from octavo.store import pins
from octavo_models.user import PatronPin

_DONE = Reply(200, content_type="")


@dataclass(frozen=True)
class PinPages:
    """The operations below /patron-pin."""

    registry: Registry

    def routes(self) -> tuple[Route, ...]:
        """Return all of them."""
        return (
            Route("POST", "/patron-pin", "patron-pin.post", self.set_pin, "Give a user a PIN", 1, body=PatronPin,
                  success=201, errors=(400, 422)),
            Route("DELETE", "/patron-pin", "patron-pin.delete", self.remove_pin, "Take a user's PIN away", 1,
                  body=PatronPin, errors=(400,)),
            Route("POST", "/patron-pin/verify", "patron-pin.validate", self.verify, "Tell whether a PIN is a user's", 2,
                  body=PatronPin, errors=(400, 422)),
        )  # fmt: skip

    async def set_pin(self, call: Call) -> Reply:
        """Set a PIN in place of any other."""
        sent = read_body(PatronPin, call.body)
        try:
            async with call.read() as tx:
                await visits.set_pin(tx, sent.id, _required(sent))
        except NotFound:
            raise refuse("User does not exist", id=sent.id) from None
        return Reply(201, content_type="")

    async def remove_pin(self, call: Call) -> Reply:
        """Remove a PIN; where there is none, nothing is left to do."""
        sent = read_body(PatronPin, call.body)
        async with call.read() as tx:
            await pins.remove_pin(tx, sent.id)
        return _DONE

    async def verify(self, call: Call) -> Reply:
        """Compare a PIN; wrong ones are counted although the answer is a refusal, so this opens its own transactions."""
        sent = read_body(PatronPin, call.body)
        await visits.verify_pin(self.registry, call.caller.tenant, sent.id, _required(sent), call.now)
        return _DONE


def _required(sent: PatronPin) -> str:
    if not sent.pin:
        raise refuse("must not be null", pin=None)
    return sent.pin
