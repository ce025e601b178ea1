"""Make the queues anew once title level requests were switched on or off (FOLIO mod-circulation-storage)."""

from octavo.catalogue.settings import TLR_FEATURE_TOGGLE_JOB
from octavo.services.desk import parsed, touched
from octavo.store import records
from octavo.store import titles as store
from octavo.store.tx import Tx
from octavo_models.settings import TlrFeatureToggleJob


async def run_toggle_job(tx: Tx) -> int:
    """Do the oldest job that waits, and return how many requests have got a place anew.

    The whole job is this one transaction: where it fails, the job waits on.
    """
    job = parsed(TlrFeatureToggleJob, await store.lock_open_job(tx))
    if job is None:
        return 0
    await store.lock_queues(tx)
    moved = await store.renumber_queues(tx)
    done = {"status": "done", "number_of_updated_requests": moved}
    await records.save(tx, TLR_FEATURE_TOGGLE_JOB, touched(tx, job.model_copy(update=done)))
    return moved
