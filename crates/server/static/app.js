// What the console does by itself: running clocks, the dialogue's scroll, the answer box.
(() => {
  "use strict";
  // The server's clock is the only one; a wrong clock on the phone changes nothing.
  const shift = Number(document.body.dataset.now || Date.now()) - Date.now();

  const two = (n) => String(n).padStart(2, "0");
  const span = (ms) => {
    const s = Math.floor(Math.abs(ms) / 1000);
    const h = Math.floor(s / 3600);
    const rest = two(s % 60);
    return h ? `${h}:${two(Math.floor(s / 60) % 60)}:${rest}` : `${Math.floor(s / 60)}:${rest}`;
  };
  const tick = () => {
    const now = Date.now() + shift;
    for (const e of document.querySelectorAll("[data-due]")) {
      const left = Number(e.dataset.due) - now;
      e.textContent = left >= 0 ? span(left) : `−${span(left)}`;
      e.closest(".burning")?.classList.toggle("late", left < 0);
    }
  };
  setInterval(tick, 1000);
  tick();

  // A stream that has ended connects again by itself; one whose first request failed would not. A live
  // one passes this by.
  const again = () => {
    for (const e of document.querySelectorAll("[hx-sse\\:connect]")) htmx.trigger(e, "again");
  };
  setInterval(again, 5000);
  // A session that was ended elsewhere shows no client any longer: the page goes to the login.
  document.addEventListener("htmx:sse:error", (event) => {
    if (event.detail?.status === 401) location.reload();
  });

  // What was saved is told once: a reload says it no more.
  if (location.search === "?saved") history.replaceState(null, "", location.pathname);

  const bubbles = () => document.querySelector(".bubbles");
  const box = () => (matchMedia("(min-width: 900px)").matches ? bubbles() : document.scrollingElement);
  const isAtEnd = (e) => e.scrollHeight - e.scrollTop - e.clientHeight < 120;
  const toEnd = () => { const e = box(); if (bubbles() && e) e.scrollTop = e.scrollHeight; };
  let follows = true;
  document.addEventListener("htmx:before:swap", () => { const e = box(); follows = !e || isAtEnd(e); });
  document.addEventListener("htmx:after:swap", () => { tick(); if (follows) toEnd(); });
  // A keyboard that opens, or a phone that turns, must not hide the last words.
  addEventListener("resize", () => { if (follows) toEnd(); });
  toEnd();
  // Who writes sees what they wrote, wherever they had read.
  document.addEventListener("submit", (event) => { if (event.target.matches(".answer")) toEnd(); });
  // The client's card lies over the talk on a phone: closed, it leaves the talk where it was read.
  let readAt = null;
  document.addEventListener("click", (event) => {
    if (event.target.closest(".to-client")) readAt = document.scrollingElement.scrollTop;
  });
  addEventListener("hashchange", () => {
    if (location.hash === "#client" || readAt === null) return;
    document.scrollingElement.scrollTop = readAt;
    readAt = null;
  });

  // Without HTTPS a browser gives no clipboard: the text is chosen, and the person copies it.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const input = document.getElementById(button.dataset.copy);
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
      button.textContent = "Скопировано";
    } catch {
      button.textContent = "Выделено";
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches(".answer textarea")) {
      event.target.form.requestSubmit();
    }
  });
})();
