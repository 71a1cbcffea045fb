// Runs before the page's own scripts in Firefox, whose driver does not tell what the console says:
// keeps the page's errors and warnings, and what could not be loaded.
(() => {
  const complaints = [];
  window.complaintsOfThePage = complaints;
  for (const level of ["error", "warn"]) {
    const say = console[level].bind(console);
    console[level] = (...words) => {
      complaints.push(words.join(" "));
      say(...words);
    };
  }
  const note = ({ message, target }) => {
    complaints.push(message ?? `${target.src ?? target.href} did not load`);
  };
  // What does not load tells only those who listen before it.
  window.addEventListener("error", note, true);
  window.addEventListener("unhandledrejection", ({ reason }) => complaints.push(String(reason)));
})();
