// Puts the parts of the page in their places as they change. Without it the page is a still picture.
"use strict";
(() => {
  const live = document.getElementById("live");
  const retry = 5000; // ms
  let since = new Date();

  const time = (t) => t.toISOString().slice(11, 19);
  const say = (text, late) => {
    if (live.textContent !== text) live.textContent = text;
    live.classList.toggle("late", late);
  };

  // Swaps a part, and leaves open what the reader opened, in focus what was, and typed what was typed.
  const show = ({ id, html }) => {
    const part = document.getElementById(id);
    if (!part || part.innerHTML === html) return;
    const open = [...part.querySelectorAll("details[open][id]")].map((d) => d.id);
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    const typed = [...part.querySelectorAll("input[id]")].filter((i) => i.value !== i.defaultValue).map((i) => [i.id, i.value, i.selectionStart]);
    part.innerHTML = html;
    for (const [id, value, at] of typed) {
      const input = document.getElementById(id);
      if (!input) continue;
      input.value = value;
      input.setSelectionRange(at, at);
    }
    for (const d of open) document.getElementById(d)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    if (id === "headline") document.title = part.textContent.trim() + " · drain";
  };

  const watch = () => {
    const source = new EventSource("events" + location.search);
    source.addEventListener("build", (e) => {
      if (e.data !== document.body.dataset.build) location.reload(); // drain is another version now
      since = new Date();
      say("Live", false);
    });
    source.addEventListener("section", (e) => show(JSON.parse(e.data)));
    source.onerror = () => {
      say("Not live since " + time(since) + " UTC; trying again", true);
      if (source.readyState === EventSource.CLOSED) setTimeout(watch, retry); // it gives up after a 503
    };
    addEventListener("pagehide", () => source.close());
  };
  watch();
})();
