// Calls a voicechat server with @roamhq/wrtc (libwebrtc) and checks that the tones it sends come back.
//
//     node wrtc_caller.mjs http://127.0.0.1:3001
//
// The library is looked for in the working folder. Prints one line of JSON; exits with 0 when every
// tone came back, in order and as loud as it was.
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { RTCPeerConnection, nonstandard } = require("@roamhq/wrtc");
const { RTCAudioSource, RTCAudioSink } = nonstandard;

const RATE = 48_000;
const BLOCK = RATE / 100;
// No tone is a harmonic of another.
const TONES = [523, 1250, 2300, 3700];
const TONE_BLOCKS = 80;
const AMPLITUDE = 0.4;
// Opus is lossy, but a tone it lets through keeps its level.
const TOLERANCE_DB = 1.5;
const DEADLINE_MS = 30_000;

/** Feeds one tone after the other, then silence, by the clock; returns how to stop. */
function play(source) {
  const start = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent * 10 <= performance.now() - start; sent += 1) {
      const turn = (2 * Math.PI * (TONES[Math.floor(sent / TONE_BLOCKS)] ?? 0)) / RATE;
      const first = sent * BLOCK;
      const samples = Int16Array.from({ length: BLOCK }, (_, i) =>
        Math.round(32767 * AMPLITUDE * Math.sin(turn * (first + i))),
      );
      source.onData({ samples, sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: BLOCK });
    }
  }, 5);
  return () => clearInterval(timer);
}

/** The level of one frequency, in decibels below a full-scale sine (Goertzel's recurrence). */
function levelDb(samples, frequency, rate) {
  const turn = 2 * Math.cos((2 * Math.PI * frequency) / rate);
  let [one, two] = [0, 0];
  for (const sample of samples) [one, two] = [sample + turn * one - two, one];
  const power = Math.max(one * one + two * two - turn * one * two, 0);
  return 20 * Math.log10(Math.max((2 * Math.sqrt(power)) / samples.length, 1e-6));
}

function loudestTone(samples, rate) {
  const levels = TONES.map((tone) => [tone, levelDb(samples, tone, rate)]);
  return levels.reduce((loudest, level) => (level[1] > loudest[1] ? level : loudest));
}

/** Notes the level of each tone until the last one has been heard and is over. */
function listen(track, heard) {
  return new Promise((resolve) => {
    const sink = new RTCAudioSink(track);
    let window = [];
    sink.ondata = ({ samples, sampleRate, channelCount }) => {
      for (let i = 0; i < samples.length; i += channelCount) window.push(samples[i] / 32768);
      if (window.length < sampleRate / 10) return;
      const [tone, level] = loudestTone(window, sampleRate);
      window = [];
      if (level > -30) {
        heard.set(tone, [...(heard.get(tone) ?? []), level]);
      } else if (heard.has(TONES.at(-1))) {
        sink.stop();
        resolve();
      }
    };
  });
}

async function gathered(caller) {
  if (caller.iceGatheringState === "complete") return;
  await new Promise((resolve) => {
    caller.onicegatheringstatechange = () => caller.iceGatheringState === "complete" && resolve();
  });
}

async function post(url, offer) {
  const headers = { "Content-Type": "application/sdp" };
  const response = await fetch(`${url}/webrtc`, { method: "POST", headers, body: offer });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return [await response.text(), response.headers.get("X-Conversation-Id")];
}

async function call(url, caller) {
  const source = new RTCAudioSource();
  const track = new Promise((resolve) => {
    caller.ontrack = (event) => resolve(event.track);
  });
  caller.addTrack(source.createTrack());
  await caller.setLocalDescription(await caller.createOffer());
  await gathered(caller);
  const [sdp, conversation] = await post(url, caller.localDescription.sdp);
  await caller.setRemoteDescription({ type: "answer", sdp });

  const connected = new Promise((resolve) => {
    const look = () => caller.connectionState === "connected" && resolve();
    caller.onconnectionstatechange = look;
    look();
  });
  await connected;
  const heard = new Map();
  const stop = play(source);
  await listen(await track, heard);
  stop();
  return { conversation, heard };
}

/** The middle of what was heard of each tone, and whether that is what was sent. */
function verdict(heard) {
  const sentDb = 20 * Math.log10(AMPLITUDE);
  const levels = [...heard].map(([tone, all]) => [tone, all.sort((a, b) => a - b)[all.length >> 1]]);
  const inOrder = levels.map(([tone]) => tone).join() === TONES.join();
  const same = inOrder && levels.every(([, level]) => Math.abs(level - sentDb) <= TOLERANCE_DB);
  return { same, levels_db: Object.fromEntries(levels.map(([tone, level]) => [tone, Number(level.toFixed(2))])) };
}

const caller = new RTCPeerConnection({ iceServers: [] });
const deadline = setTimeout(() => {
  console.error(`nothing decided within ${DEADLINE_MS} ms, connection is ${caller.connectionState}`);
  process.exit(2);
}, DEADLINE_MS);
const { conversation, heard } = await call(process.argv[2].replace(/\/$/, ""), caller);
const { same, levels_db } = verdict(heard);
console.log(JSON.stringify({ same, conversation, levels_db }));
caller.close();
clearTimeout(deadline);
// The library's threads do not always let the process end by itself.
setTimeout(() => process.exit(same ? 0 : 1), 200);
