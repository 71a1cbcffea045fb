"""How Schemathesis sends what is no JSON, as the text it is, and which recordings and calls it knows.

Made-up names open nothing; with what the environment names, it sees successes, too, and notes them.
"""

import os
import random

import schemathesis

KEPT = os.environ["SEEDED_RECORDING"]
DELETED = os.environ["SEEDED_RECORDING_TO_DELETE"]
GOES_ON = os.environ["SEEDED_CALL"]
ENDED = os.environ["SEEDED_CALL_TO_END"]
NOTES = os.environ["NOTED_SUCCESSES"]

chance = random.Random(1)
noted = set()


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag")
def as_text(_, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@schemathesis.hook
def before_call(context, case, kwargs):
    names = case.path_parameters
    is_delete = case.method.upper() == "DELETE"
    # Half of them stay as they were made up.
    if not names or chance.random() < 0.5:
        return
    if "id" in names:
        names["id"] = DELETED if is_delete else KEPT
    if "secret" in names:
        names["secret"] = ENDED if is_delete else GOES_ON


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code >= 300:
        return
    success = f"{case.method.upper()} {case.path} {response.status_code}"
    if success not in noted:
        noted.add(success)
        with open(NOTES, "a", encoding="utf-8") as notes:
            notes.write(success + "\n")
