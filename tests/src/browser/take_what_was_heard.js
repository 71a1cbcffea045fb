const heard = window.heardByTheTest;
const bytes = new Uint8Array(2 * heard.length);
let place = 0;
for (const block of heard.blocks) {
  bytes.set(new Uint8Array(block.buffer), place);
  place += 2 * block.length;
}
let text = "";
for (let start = 0; start < bytes.length; start += 32768) {
  text += String.fromCharCode(...bytes.subarray(start, start + 32768));
}
return [heard.rate, btoa(text)];
