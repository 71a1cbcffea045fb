"""Publishes the tones to a voicechat server as an encoder does: ffmpeg's own WHIP, by PyAV.

    ffmpeg_publisher.py client|server http://127.0.0.1:3001

The first word is who begins the DTLS handshake. Prints one line of JSON; exits with 0 when all was
sent.
"""

import array
import datetime
import fractions
import json
import math
import os
import sys
import tempfile
import time

import av
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

RATE = 48_000
FRAME = RATE // 50
TONES = [523, 1250, 2300, 3700]
TONE_FRAMES = 40
AMPLITUDE = 0.4


def certificate(folder):
    """A pair on P-256: GnuTLS by itself makes one on P-224, which no DTLS client may be shown."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "publisher")])
    now = datetime.datetime.now(datetime.timezone.utc)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    paths = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    with open(paths[0], "wb") as file:
        file.write(signed.public_bytes(serialization.Encoding.PEM))
    with open(paths[1], "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
    return paths


def frame_of(number):
    turn = 2 * math.pi * TONES[number // TONE_FRAMES] / RATE
    first = number * FRAME
    samples = array.array(
        "h",
        (round(32767 * AMPLITUDE * math.sin(turn * (first + i // 2))) for i in range(2 * FRAME)),
    )
    frame = av.AudioFrame(format="s16", layout="stereo", samples=FRAME)
    frame.planes[0].update(samples.tobytes())
    frame.sample_rate = RATE
    frame.pts = first
    frame.time_base = fractions.Fraction(1, RATE)
    return frame


def publish(url, options):
    output = av.open(url, "w", format="whip", options=options)
    stream = output.add_stream("libopus", rate=RATE, layout="stereo")
    packets = 0
    try:
        start = time.monotonic()
        for number in range(len(TONES) * TONE_FRAMES):
            for packet in stream.encode(frame_of(number)):
                output.mux(packet)
                packets += 1
            time.sleep(max(0.0, start + (number + 1) * 0.02 - time.monotonic()))
        for packet in stream.encode(None):
            output.mux(packet)
            packets += 1
    finally:
        # Hangs up, with DELETE.
        output.close()
    return packets


def main():
    role, server = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        cert_file, key_file = certificate(folder)
        options = {"cert_file": cert_file, "key_file": key_file}
        if role == "client":
            options["whip_flags"] = "dtls_active"
        packets = publish(f"{server}/whip", options)
    print(json.dumps({"packets": packets}))


if __name__ == "__main__":
    main()
