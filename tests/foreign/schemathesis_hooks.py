"""How Schemathesis sends what is no JSON: as the text it is."""

import schemathesis


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag")
def as_text(_, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")
