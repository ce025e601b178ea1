"""`python -m chaos.clock serve …`: Octavo with a clock that is as far off as the file `OCTAVO_CHAOS_CLOCK` says, in seconds.

The server reads the time in one place, `utc_now`, which is replaced before anything takes hold of it; so it is in each
worker, because a spawned process runs this module again.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from octavo.http import dispatch

_OFFSET = Path(os.environ["OCTAVO_CHAOS_CLOCK"])


def _jumping_now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(_OFFSET.read_text()))


dispatch.utc_now = _jumping_now

if __name__ == "__main__":
    from octavo.app.commands import main

    main()
