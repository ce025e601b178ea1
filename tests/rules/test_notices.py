"""Which options a notice may have."""

from typing import Any

import pytest

from octavo.rules.notices import misused_option
from octavo_models.policies import PatronNoticePolicy

WEEK = {"duration": 1, "intervalId": "Weeks"}


@pytest.mark.parametrize(
    ("frequency", "options", "wrong"),
    [
        (None, None, None),
        (None, {"sendWhen": "Check out"}, None),
        (None, {"sendWhen": "Check out", "sendHow": "Upon At"}, "Triggering event"),
        (None, {"sendWhen": "Renewed", "sendBy": WEEK}, "Triggering event"),
        (None, {"sendWhen": "Item recalled", "sendEvery": WEEK}, "Triggering event"),
        ("Recurring", {"sendWhen": "Check in"}, "Send"),
        (None, {"sendWhen": "Due date", "sendHow": "Upon At"}, None),
        ("One time", {"sendWhen": "Due date", "sendHow": "Upon At"}, "Send"),
        ("One time", {"sendWhen": "Due date", "sendHow": "Before", "sendBy": WEEK}, None),
        ("One time", {"sendWhen": "Aged to lost", "sendHow": "After", "sendEvery": WEEK}, "Frequency"),
        ("Recurring", {"sendWhen": "Aged to lost", "sendHow": "After", "sendBy": WEEK, "sendEvery": WEEK}, None),
    ],
)
def test_options_must_fit_what_was_chosen_before(frequency: str | None, options: dict[str, Any] | None, wrong: str | None):
    notice = {"templateId": "t", "format": "Email", "realTime": False, "frequency": frequency, "sendOptions": options}
    policy = {"name": "p", "loanNotices": [{name: part for name, part in notice.items() if part is not None}]}
    assert misused_option(PatronNoticePolicy.from_wire(policy)) == wrong
