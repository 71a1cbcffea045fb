// Runs before the page's own scripts: notes for how long the page had heard a howl when it ducked the
// echo, that is, a sound that was loud and steady both ways, by all that the page read of either. What
// it cannot hear does not count: what was before a gap in the sound, or before it got no turn for long.
(() => {
  const howl = { since: null, duckedAfter: null };
  window.howlOfTheTest = howl;
  const spans = new Map();
  const begin = (at) => {
    howl.since = at;
    spans.clear();
  };

  let isDrawing = false;
  let turnAt = 0;
  const hear = (ear, samples) => {
    const now = performance.now();
    // The meters read before every frame, too; the guard has turns of its own.
    if (!isDrawing) {
      if (now - turnAt > 100) begin(null);
      turnAt = now;
    }
    const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    const level = 10 * Math.log10(power);
    if (level < -12) return begin(null);
    if (howl.since === null) begin(now);
    const [low, high] = spans.get(ear) ?? [level, level];
    const span = [Math.min(low, level), Math.max(high, level)];
    const isSteady = span[1] - span[0] <= 4;
    if (!isSteady) begin(now);
    spans.set(ear, isSteady ? span : [level, level]);
  };

  const read = AnalyserNode.prototype.getFloatTimeDomainData;
  AnalyserNode.prototype.getFloatTimeDomainData = function (samples) {
    read.call(this, samples);
    // Longer ones are read to measure the delay.
    if (samples.length === 1024) hear(this, samples);
  };

  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) => request((now) => {
    isDrawing = true;
    try {
      draw(now);
    } finally {
      isDrawing = false;
    }
  });

  const volume = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "volume");
  Object.defineProperty(HTMLMediaElement.prototype, "volume", {
    ...volume,
    set(level) {
      volume.set.call(this, level);
      const isDucked = this.dataset.testid === "echo" && level < 0.2;
      if (isDucked) howl.duckedAfter ??= performance.now() - howl.since;
    },
  });
})();
