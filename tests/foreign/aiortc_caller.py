"""Calls a voicechat server with aiortc and checks that the tones it sends come back.

    aiortc_caller.py http://127.0.0.1:3001

Prints one line of JSON; exits with 0 when every tone came back, in order and as loud as it was.
"""

import array
import asyncio
import fractions
import json
import math
import sys
import urllib.request

import aiortc
import av

RATE = 48_000
FRAME = RATE // 50
# No tone is a harmonic of another.
TONES = [523, 1250, 2300, 3700]
TONE_FRAMES = 40
AMPLITUDE = 0.4
# Opus is lossy, but a tone it lets through keeps its level.
TOLERANCE_DB = 1.5
DEADLINE_SECONDS = 30


class Tones(aiortc.MediaStreamTrack):
    """One tone after the other, then silence."""

    kind = "audio"

    def __init__(self):
        super().__init__()
        self.frames_sent = 0
        self.start = None

    async def recv(self):
        now = asyncio.get_running_loop().time()
        if self.start is None:
            self.start = now
        await asyncio.sleep(max(0.0, self.start + self.frames_sent * 0.02 - now))

        tone = self.frames_sent // TONE_FRAMES
        frequency = TONES[tone] if tone < len(TONES) else 0
        first = self.frames_sent * FRAME
        turn = 2 * math.pi * frequency / RATE
        # Two channels: the library would turn one into two, and lower its level by 3 dB.
        samples = array.array(
            "h",
            (round(32767 * AMPLITUDE * math.sin(turn * (first + i // 2))) for i in range(2 * FRAME)),
        )

        frame = av.AudioFrame(format="s16", layout="stereo", samples=FRAME)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate = RATE
        frame.pts = first
        frame.time_base = fractions.Fraction(1, RATE)
        self.frames_sent += 1
        return frame


def level_db(samples, frequency):
    """The level of one frequency, in decibels below a full-scale sine (Goertzel's recurrence)."""
    turn = 2 * math.cos(2 * math.pi * frequency / RATE)
    one = two = 0.0
    for sample in samples:
        one, two = sample + turn * one - two, one
    power = one * one + two * two - turn * one * two
    amplitude = 2 * math.sqrt(max(power, 0.0)) / len(samples)
    return 20 * math.log10(max(amplitude, 1e-6))


def left_channel(frame):
    channels = len(frame.layout.channels)
    samples = array.array("h", bytes(frame.planes[0])[: frame.samples * channels * 2])
    return [sample / 32768 for sample in samples[::channels]]


def loudest_tone(samples):
    levels = {tone: level_db(samples, tone) for tone in TONES}
    tone = max(levels, key=levels.get)
    return tone, levels[tone]


async def listen(track, heard):
    """Notes the level of each tone until the last one has been heard and is over."""
    window = []
    while True:
        window += left_channel(await track.recv())
        if len(window) < 5 * FRAME:
            continue
        tone, level = loudest_tone(window)
        window = []
        if level > -30:
            heard.setdefault(tone, []).append(level)
        elif TONES[-1] in heard:
            return


def post(url, offer):
    request = urllib.request.Request(
        f"{url}/webrtc", offer.encode(), {"Content-Type": "application/sdp"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read().decode(), response.headers.get("X-Conversation-Id")


async def call(url):
    caller = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
    track = asyncio.get_running_loop().create_future()
    caller.on("track", track.set_result)
    caller.addTrack(Tones())
    heard = {}
    try:
        await caller.setLocalDescription(await caller.createOffer())
        answer, conversation = await asyncio.to_thread(post, url, caller.localDescription.sdp)
        await caller.setRemoteDescription(aiortc.RTCSessionDescription(answer, "answer"))
        await listen(await track, heard)
    finally:
        await caller.close()
    return conversation, heard


def verdict(heard):
    """The middle of what was heard of each tone, and whether that is what was sent."""
    sent_db = 20 * math.log10(AMPLITUDE)
    levels = {tone: sorted(levels)[len(levels) // 2] for tone, levels in heard.items()}
    is_same = list(levels) == TONES and all(
        abs(level - sent_db) <= TOLERANCE_DB for level in levels.values()
    )
    return is_same, {str(tone): round(level, 2) for tone, level in levels.items()}


def main():
    url = sys.argv[1].rstrip("/")
    conversation, heard = asyncio.run(asyncio.wait_for(call(url), DEADLINE_SECONDS))
    is_same, levels = verdict(heard)
    print(json.dumps({"same": is_same, "conversation": conversation, "levels_db": levels}))
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main())
