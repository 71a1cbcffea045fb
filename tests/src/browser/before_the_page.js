// Runs before the page's own scripts: keeps what arrives on every remote track, the last
// connection for its statistics, all that a call opens, to see whether it is closed again, what the
// page asks the server, and what the page's policy forbids.
(() => {
  const heard = { rate: 0, blocks: [], length: 0, tap: null };
  window.heardByTheTest = heard;
  const opened = { tracks: [], contexts: [], connections: [] };
  window.openedByThePage = opened;

  const keep = (rate, samples) => {
    heard.rate = rate;
    heard.blocks.push(Int16Array.from(samples, (sample) => 32767 * sample));
    heard.length += samples.length;
  };

  const read = async (track) => {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1000 })
      .readable.getReader();
    for (;;) {
      const { value: block, done } = await reader.read();
      if (done) return;
      const samples = new Float32Array(block.numberOfFrames);
      block.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      keep(block.sampleRate, samples);
      block.close();
    }
  };

  // Firefox has no readers of tracks in a page.
  const OwnContext = window.AudioContext;
  const tap = (track) => {
    const context = new OwnContext();
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const script = context.createScriptProcessor(4096, 1, 1);
    script.onaudioprocess = ({ inputBuffer }) => {
      // The track of a call that is over goes on in silence.
      const isLast = heard.tap.track === track;
      if (isLast) keep(inputBuffer.sampleRate, inputBuffer.getChannelData(0));
    };
    // It is called only while it is part of what is played; it plays silence.
    source.connect(script).connect(context.destination);
    heard.tap = { track, context, source, script };
  };

  const listen = window.MediaStreamTrackProcessor ? read : tap;

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
