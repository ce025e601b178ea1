"""Patron blocks: conditions, limits, automatic blocks."""
# ruff: noqa: N802, N803, N815, N999 - the names are foliolib's

from typing import Any

from octavo_client.calls import path_of
from octavo_client.foliolib.folio import FolioApi, Route
from octavo_client.foliolib.okapi.okapiClient import Success


class PatronBlockConditions(FolioApi):
    """The conditions for automatic blocks."""

    get_patronBlockConditions = Route("GET", "/patron-block-conditions", query=True)
    get_patronBlockCondition = Route("GET", "/patron-block-conditions/{patronBlockConditionId}")

    def modify_patronBlockCondition(
        self, patronBlockConditionId: str, patronBlockCondition: dict[str, Any] | None = None
    ) -> Success:
        """PUT /patron-block-conditions/{patronBlockConditionId}.

        foliolib sends no body here, which every server refuses; give it as the second argument.
        """
        path = path_of("/patron-block-conditions", patronBlockConditionId)
        done: Success = self.call("PUT", path, patronBlockCondition)
        return done


class PatronBlockLimits(FolioApi):
    """The limits of conditions, by patron group."""

    get_patronBlockLimits = Route("GET", "/patron-block-limits", query=True)
    set_patronBlockLimit = Route("POST", "/patron-block-limits", "patronBlockLimit")
    get_patronBlockLimit = Route("GET", "/patron-block-limits/{patronBlockLimitId}")
    modify_patronBlockLimit = Route("PUT", "/patron-block-limits/{patronBlockLimitId}", "patronBlockLimit")
    delete_patronBlockLimit = Route("DELETE", "/patron-block-limits/{patronBlockLimitId}")


class AutomatedPatronBlocks(FolioApi):
    """The automatic blocks of patrons, and the jobs that bring them up to date."""

    get_automatedPatronBlock = Route("GET", "/automated-patron-blocks/{userId}")
    set_job = Route("POST", "/automated-patron-blocks/synchronization/job", "job")
    get_job = Route("GET", "/automated-patron-blocks/synchronization/job/{syncJobId}")
    set_start = Route("POST", "/automated-patron-blocks/synchronization/start")


class UserSummary(FolioApi):
    """What automatic blocks are computed from: a patron's open loans and fees."""

    get_userSummary = Route("GET", "/user-summary/{userId}")
