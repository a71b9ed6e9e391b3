// The chat of a business on any page: <script src="https://…/chat.js" data-business="lotos" async></script>
// More of it as wished: data-title, data-hello (a line beside the button), data-color ("#1a7f4b"), data-side ("left"),
// data-source (a mark of the page; else utm_source of its address, else the site the visitor came from).
// No framework, no cookies. The visitor's token and unsent words live in localStorage.
(() => {
  "use strict";
  const tag = document.currentScript;
  const business = tag?.dataset.business;
  if (!business) return;
  const host = new URL(tag.src).origin;
  const base = `${host}/chat/${encodeURIComponent(business)}`;
  const key = `nochnik:${business}`;
  const SOURCE_MAX = 60;
  const TYPING_AFTER_MS = 400, TYPING_MAX_MS = 12000, RETRY_MS = 500, RETRY_MAX_MS = 30000, LOOK_MS = 10000, TEXT_MAX = 4000;

  // ---- What is kept across reloads ----
  const kept = (() => {
    try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; }
  })();
  kept.queue ??= [];
  const keep = () => {
    try { localStorage.setItem(key, JSON.stringify({ token: kept.token, queue: kept.queue, open: kept.open, met: kept.met })); } catch { /* private window: the talk lasts as long as the page */ }
  };
  const uuid = () => crypto.randomUUID?.() ??
    [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("")
      .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-a$4-$5");
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  // ---- The look: a shadow root, so that neither page touches the other ----
  const root = document.createElement("div");
  const shadow = root.attachShadow({ mode: "open" });
  const make = (name, props = {}, ...children) => {
    const e = Object.assign(document.createElement(name), props);
    e.append(...children);
    return e;
  };
  const picture = (d) => {
    const ns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(ns, "svg");
    const path = document.createElementNS(ns, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", d);
    svg.append(path);
    return svg;
  };
  const style = make("link", { rel: "stylesheet", href: `${host}/chat.css` });
  const opener = make("button", { type: "button", className: "opener" }, picture("M21 15a2 2 0 0 1-2 2H7l-4 4V5a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2z"));
  opener.setAttribute("aria-label", "Открыть чат");
  opener.setAttribute("aria-expanded", "false");
  const close = make("button", { type: "button", className: "close" }, picture("M18 6 6 18M6 6l12 12"));
  close.setAttribute("aria-label", "Закрыть чат");
  const title = make("h2", { id: "title", textContent: tag.dataset.title || "Чат" });
  const state = make("p", { className: "state" });
  state.setAttribute("role", "status");
  const log = make("div", { className: "log", tabIndex: 0 });
  log.setAttribute("role", "log");
  log.setAttribute("aria-live", "polite");
  log.setAttribute("aria-label", "Сообщения");
  const typing = make("p", { className: "typing", hidden: true, textContent: "Ночник печатает…" });
  const box = make("textarea", { rows: 1, maxLength: TEXT_MAX, placeholder: "Сообщение" });
  box.setAttribute("aria-label", "Сообщение");
  const send = make("button", { type: "submit", className: "send" }, picture("M3.7 3 21 12 3.7 21l3-9zM6.7 12H21"));
  send.setAttribute("aria-label", "Отправить");
  const form = make("form", {}, box, send);
  const panel = make("section", { className: "panel", hidden: true },
    make("header", {}, make("div", {}, title, state), close), log, typing, form);
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-labelledby", "title");
  const hello = make("button", { type: "button", className: "hello", textContent: tag.dataset.hello || "", hidden: !tag.dataset.hello || Boolean(kept.met) });
  shadow.append(style, panel, hello, opener);

  // A colour of the page's own for what is filled; what lies on it is black or white, whichever reads better (WCAG).
  const paint = (color) => {
    const parts = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color || "");
    if (!parts) return;
    const [r, g, b] = parts.slice(1).map((part) => parseInt(part, 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    root.style.setProperty("--lamp", color);
    root.style.setProperty("--on-lamp", light > 0.179 ? "#000000" : "#ffffff");
    root.style.setProperty("--lamp-ink", "var(--ink)");
  };
  paint(tag.dataset.color);
  if (tag.dataset.side === "left") { opener.classList.add("left"); panel.classList.add("left"); hello.classList.add("left"); }

  // Where the visitor comes from, said once, with the first word.
  const source = () => {
    const asked = new URLSearchParams(location.search).get("utm_source");
    const from = document.referrer && new URL(document.referrer).host !== location.host ? new URL(document.referrer).host : "";
    return (tag.dataset.source || asked || from || "").slice(0, SOURCE_MAX);
  };

  const show = (isOpen, byUser) => {
    kept.open = isOpen;
    keep();
    panel.hidden = !isOpen;
    opener.hidden = isOpen;
    hello.hidden = isOpen || kept.met || !hello.textContent;
    opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) { listen(); toEnd(); }
    if (byUser) (isOpen ? box : opener).focus();
  };
  const toEnd = () => { log.scrollTop = log.scrollHeight; };

  // ---- Bubbles ----
  const bubbles = new Map(); // the visitor's own messages by id
  let after = 0, speaker = "bot", typingTimer, typingEnd;

  const tick = (bubble, mark, words) => {
    const place = bubble.querySelector(".tick");
    if (!place) return;
    place.textContent = mark;
    place.setAttribute("aria-label", words);
    place.setAttribute("role", "img");
  };
  // Only a whole https address becomes a link; everything else stays text.
  const linked = (text) => text.split(/(https:\/\/[^\s<>"]*[^\s<>".,;:!?)])/).map((piece, n) =>
    n % 2 ? make("a", { href: piece, textContent: piece, target: "_blank", rel: "noopener noreferrer" }) : piece);
  const draw = (author, text, at) => {
    const time = new Date(at).toLocaleTimeString("ru", { hour: "2-digit", minute: "2-digit" });
    const foot = make("small", {}, time);
    if (author === "client") foot.append(" ", make("span", { className: "tick" }));
    const who = { client: "Вы", bot: "Ночник", person: "Администратор" }[author] || author;
    const bubble = make("article", { className: `bubble ${author}` },
      make("span", { className: "who", textContent: who }), make("p", {}, ...linked(text)), foot);
    log.append(bubble);
    toEnd();
    return bubble;
  };
  const offer = (buttons) => {
    log.querySelectorAll(".choices").forEach((old) => old.remove());
    if (!buttons?.length) return;
    const row = make("div", { className: "choices" });
    for (const { id, label } of buttons) {
      const choice = make("button", { type: "button", textContent: label });
      choice.addEventListener("click", () => { row.remove(); box.focus(); say("button", id, label); });
      row.append(choice);
    }
    log.append(row);
    toEnd();
  };
  const hideTyping = () => { clearTimeout(typingTimer); clearTimeout(typingEnd); typing.hidden = true; };
  const awaitAnswer = () => {
    hideTyping();
    if (speaker === "person") return;
    typingTimer = setTimeout(() => { typing.hidden = false; toEnd(); }, TYPING_AFTER_MS);
    typingEnd = setTimeout(hideTyping, TYPING_MAX_MS);
  };
  const take = (view) => {
    speaker = view.speaker || "bot";
    for (const line of view.messages) {
      if (line.seq <= after) continue;
      after = line.seq;
      const own = line.author === "client" && bubbles.get(line.id);
      if (own) { tick(own, "✓✓", "получено"); continue; }
      const bubble = draw(line.author, line.text, line.at);
      if (line.author === "client") { tick(bubble, "✓✓", "получено"); if (line.id) bubbles.set(line.id, bubble); }
      else { hideTyping(); offer(line.buttons); }
    }
  };

  // ---- The wire ----
  const ask = async (path, options = {}) => {
    const headers = { ...(kept.token && { Authorization: `Bearer ${kept.token}` }), ...options.headers };
    return fetch(base + path, { ...options, headers });
  };
  let opening;
  const session = () => {
    if (kept.token) return Promise.resolve();
    opening ??= (async () => {
      const answer = await ask("/session", { method: "POST" });
      if (!answer.ok) throw answer;
      kept.token = (await answer.json()).token;
      keep();
    })().finally(() => { opening = undefined; });
    return opening;
  };
  // A refused token is a visitor the server no longer knows: begin anew, unsent words stay.
  const forget = () => { delete kept.token; after = 0; keep(); };

  const say = (kind, text, shown = text) => {
    const message = { id: uuid(), kind, text };
    kept.queue.push({ message, shown, at: Date.now() });
    keep();
    sketch(message.id, shown, Date.now());
    awaitAnswer();
    flush();
  };
  // What is on its way; the opening of the chat is nothing that the client said.
  const sketch = (id, shown, at) => {
    if (!shown) return;
    const bubble = draw("client", shown, at);
    tick(bubble, "…", "отправляется");
    bubbles.set(id, bubble);
  };
  let isFlushing = false;
  const flush = async () => {
    if (isFlushing) return;
    isFlushing = true;
    let pause = RETRY_MS;
    while (kept.queue.length) {
      const { message } = kept.queue[0];
      try {
        await session();
        const answer = await ask("/messages", { method: "POST", body: JSON.stringify(message), headers: { "Content-Type": "application/json" } });
        if (answer.status === 401) { forget(); continue; }
        if (answer.status === 429 || answer.status >= 500) throw answer;
        kept.queue.shift();
        keep();
        const bubble = bubbles.get(message.id);
        if (bubble) tick(bubble, answer.ok ? "✓" : "!", answer.ok ? "отправлено" : "не отправлено");
        state.textContent = "";
        pause = RETRY_MS;
        listen();
      } catch (refusal) {
        const after_s = Number(refusal?.headers?.get?.("Retry-After"));
        state.textContent = refusal?.status === 429 ? "Слишком быстро: отправим через минуту" : "Нет связи. Отправим, когда появится";
        hideTyping();
        await Promise.race([wait(after_s ? after_s * 1000 : pause), new Promise((on) => addEventListener("online", on, { once: true }))]);
        pause = Math.min(pause * 2, RETRY_MAX_MS);
      }
    }
    isFlushing = false;
  };

  let isListening = false;
  const listen = async () => {
    if (isListening || !kept.token) return;
    isListening = true;
    let pause = RETRY_MS;
    while (kept.token && !panel.hidden) {
      try {
        const answer = await ask(`/stream?after=${after}`, { headers: { Accept: "text/event-stream" } });
        if (answer.status === 401) { forget(); break; }
        if (answer.status === 429 || answer.status === 503) {
          await look();
          await wait(LOOK_MS * (0.7 + Math.random() * 0.6));
          continue;
        }
        if (!answer.ok) throw answer;
        pause = RETRY_MS;
        if (!kept.queue.length) state.textContent = "";
        await readEvents(answer.body.getReader(), () => { pause = RETRY_MS; });
      } catch { state.textContent = "Восстанавливаем связь…"; }
      await wait(pause * (0.7 + Math.random() * 0.6));
      pause = Math.min(pause * 2, RETRY_MAX_MS);
    }
    isListening = false;
  };
  // There is no place for one more stream: until there is, the talk is asked for now and then.
  const look = async () => {
    const answer = await ask(`/messages?after=${after}`);
    if (answer.status === 429) return;
    if (!answer.ok) throw answer;
    take(await answer.json());
    if (!kept.queue.length) state.textContent = "";
  };
  const readEvents = async (reader, alive) => {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      const events = rest.split("\n\n");
      rest = events.pop();
      for (const event of events) {
        const data = event.split("\n").filter((l) => l.startsWith("data:")).map((l) => l.slice(5)).join("\n");
        if (data) { alive(); take(JSON.parse(data)); }
      }
      if (panel.hidden) { reader.cancel(); return; }
    }
  };

  // ---- Hands ----
  opener.addEventListener("click", () => {
    kept.met = true;
    show(true, true);
    if (!kept.token) say("start", source(), "");
  });
  hello.addEventListener("click", () => opener.click());
  close.addEventListener("click", () => show(false, true));
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") show(false, true); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    box.value = "";
    box.focus();
    say("text", text);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-nochnik-open]")) opener.click(); });

  const start = () => {
    document.body.append(root);
    for (const { message, shown, at } of kept.queue) sketch(message.id, shown, at);
    if (kept.open) show(true, false);
    flush();
  };
  if (document.body) start(); else addEventListener("DOMContentLoaded", start);
})();
