"""Echoes audio with aiortc, which decodes it and encodes it again."""

import asyncio

from aiohttp import web
from aiortc import RTCPeerConnection, RTCSessionDescription

calls = set()


async def answer(request):
    call = RTCPeerConnection()
    calls.add(call)

    @call.on("track")
    def on_track(track):
        call.addTrack(track)

    @call.on("connectionstatechange")
    async def on_change():
        if call.connectionState in ("closed", "failed"):
            calls.discard(call)
            await call.close()

    offer = RTCSessionDescription(sdp=await request.text(), type="offer")
    await call.setRemoteDescription(offer)
    await call.setLocalDescription(await call.createAnswer())
    return web.Response(
        content_type="application/sdp", text=call.localDescription.sdp
    )


async def main():
    app = web.Application()
    app.router.add_post("/webrtc", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}/webrtc", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
