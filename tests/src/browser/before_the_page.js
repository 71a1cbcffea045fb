// Runs before the page's own scripts: keeps what arrives on every remote track, the last
// connection for its statistics, all that a call opens, to see whether it is closed again, what the
// page asks the server, and what the page's policy forbids.
(() => {
  const heard = { rate: 0, blocks: [], length: 0 };
  window.heardByTheTest = heard;
  const opened = { tracks: [], contexts: [], connections: [] };
  window.openedByThePage = opened;

  const listen = async (track) => {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1000 })
      .readable.getReader();
    for (;;) {
      const { value: block, done } = await reader.read();
      if (done) return;
      const samples = new Float32Array(block.numberOfFrames);
      block.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      heard.rate = block.sampleRate;
      heard.blocks.push(Int16Array.from(samples, (sample) => 32767 * sample));
      heard.length += samples.length;
      block.close();
    }
  };

  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...settings) {
      super(...settings);
      window.connectionOfTheTest = this;
      opened.connections.push(this);
      this.addEventListener("track", ({ track }) => listen(track));
    }
  };

  const asked = [];
  window.askedByThePage = asked;
  const ask = window.fetch.bind(window);
  window.fetch = async (path, settings) => {
    const method = settings?.method ?? "GET";
    // No status is no answer, yet or for ever.
    const one = { method, path, status: 0, location: null, tag: null };
    asked.push(one);
    const reply = await ask(path, settings);
    one.status = reply.status;
    one.location = reply.headers.get("location");
    one.tag = reply.headers.get("etag");
    return reply;
  };

  const violations = [];
  window.forbiddenByThePolicy = violations;
  document.addEventListener("securitypolicyviolation", (violation) => {
    violations.push(`${violation.effectiveDirective} ${violation.blockedURI}`);
  });

  window.AudioContext = class extends window.AudioContext {
    constructor(...settings) {
      super(...settings);
      opened.contexts.push(this);
    }
  };

  // A page that came unencrypted has no devices.
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const getUserMedia = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    const stream = await getUserMedia(constraints);
    opened.tracks.push(...stream.getTracks());
    return stream;
  };
})();
