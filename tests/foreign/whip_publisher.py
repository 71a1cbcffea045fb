"""Publishes tones to a voicechat server with ffmpeg's WHIP muxer.

    whip_publisher.py http://127.0.0.1:3001

Prints one line of JSON once everything was sent and the goodbye said.
"""

import array
import fractions
import json
import math
import sys
import time

import av

RATE = 48_000
FRAME = RATE // 50
TONES = [523, 1250, 2300, 3700]
TONE_FRAMES = 40
AMPLITUDE = 0.4


def frame(number):
    """20 ms of the tone whose turn it is."""
    turn = 2 * math.pi * TONES[number // TONE_FRAMES] / RATE
    first = number * FRAME
    samples = array.array(
        "h",
        (round(32767 * AMPLITUDE * math.sin(turn * (first + i // 2))) for i in range(2 * FRAME)),
    )
    sound = av.AudioFrame(format="s16", layout="stereo", samples=FRAME)
    sound.planes[0].update(samples.tobytes())
    sound.sample_rate = RATE
    sound.pts = first
    sound.time_base = fractions.Fraction(1, RATE)
    return sound


def publish(url):
    with av.open(f"{url}/whip", "w", format="whip") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="stereo")
        container.start_encoding()
        start = time.monotonic()
        frames = len(TONES) * TONE_FRAMES
        for number in range(frames):
            time.sleep(max(0.0, start + number * 0.02 - time.monotonic()))
            container.mux(stream.encode(frame(number)))
        container.mux(stream.encode(None))
        return frames


def main():
    frames = publish(sys.argv[1].rstrip("/"))
    print(json.dumps({"frames": frames, "ffmpeg": list(av.library_versions["libavformat"])}))


if __name__ == "__main__":
    main()
