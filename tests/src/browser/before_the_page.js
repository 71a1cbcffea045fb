// Runs before the page's own scripts: keeps what comes out of every remote track, as a person
// with headphones would hear it, and the last connection for its statistics.
(() => {
  const heard = { rate: 0, blocks: [], length: 0 };
  window.heardByTheTest = heard;

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
      this.addEventListener("track", ({ track }) => listen(track));
    }
  };
})();
