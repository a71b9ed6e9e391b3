// Pushes to this browser: the card on «Ещё», and on every page a word to the server that the browser is still there.
(() => {
  "use strict";
  const DAY_MS = 24 * 3600 * 1000;
  const SAID = "push-said-at";
  const card = document.getElementById("push");
  const part = (name) => document.getElementById(`push-${name}`);
  const isApple = /iP(hone|ad|od)/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  const isApp = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  /** Why it is not possible here, in words for the person; empty when it is. */
  const obstacle = () => {
    if (!isSecureContext) return "Уведомления приходят только в кабинет с адресом https://. Попросите владельца настроить HTTPS.";
    if (isApple && !isApp) return "На iPhone и iPad сначала добавьте кабинет на экран: «Поделиться» → «На экран „Домой“». Откройте его оттуда и вернитесь сюда.";
    if (!can) return "Этот браузер не умеет принимать уведомления. Откройте кабинет в Chrome, Яндекс Браузере, Firefox, Edge или Safari.";
    if (Notification.permission === "denied") return "Браузер запретил уведомления кабинета. Разрешите их в настройках сайта, рядом с адресом страницы, и обновите её.";
    return "";
  };

  const say = (text, tone = "") => {
    const state = part("state");
    state.textContent = text;
    state.className = `note ${tone}`;
    state.hidden = text === "";
  };
  const offer = (...names) => {
    for (const name of ["on", "try", "off"]) part(name).hidden = !names.includes(name);
  };

  const post = async (path, body) => {
    const answer = await fetch(path, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}),
    });
    if (answer.ok) return answer;
    if (answer.status === 401) throw new Error("Сеанс закончился: войдите в кабинет заново.");
    const told = await answer.json().catch(() => ({}));
    throw new Error(told.error ? `${told.error}. ${told.hint}` : "Сервер не ответил. Повторите через минуту.");
  };

  /** Tells the server of the subscription; the list of devices comes back. */
  const tell = async (subscription, isKnown) => {
    const answer = await post("/console/push", { subscription, is_known: isKnown });
    try { localStorage.setItem(SAID, String(Date.now())); } catch { /* asked again on the next page */ }
    if (card) part("devices").innerHTML = await answer.text();
  };

  const key = () => Uint8Array.from(atob(card.dataset.key.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const isOurs = (subscription) => {
    const bound = new Uint8Array(subscription.options.applicationServerKey ?? []);
    const own = key();
    return bound.length === own.length && bound.every((byte, at) => byte === own[at]);
  };
  const here = () => part("devices").querySelector("[data-device]");

  const show = () => {
    if (here()) {
      say("Включены: ночной вызов придёт на это устройство.", "green");
      offer("try", "off");
    } else {
      say("");
      offer("on");
    }
  };

  const turnOn = async (worker) => {
    say("Включаем…");
    if (await Notification.requestPermission() !== "granted") {
      say(obstacle() || "Разрешения нет. Нажмите «Включить» ещё раз и ответьте «Разрешить».", "amber");
      return;
    }
    let subscription;
    try {
      subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key() });
    } catch {
      say("Браузер не смог подключиться к своей службе уведомлений. Проверьте интернет и повторите; если не выходит, попробуйте другой браузер.", "amber");
      return;
    }
    await tell(subscription, false);
    show();
  };

  const tryOut = async () => {
    say("Отправляем…");
    const { is_sent, text } = await (await post(`/console/push/${here().dataset.device}/try`)).json();
    say(text, is_sent ? "green" : "amber");
  };

  /** The page comes back without this device. */
  const turnOff = async (worker) => {
    await (await worker.pushManager.getSubscription())?.unsubscribe();
    here().querySelector("form").submit();
  };

  const begin = async () => {
    const why = obstacle();
    if (why) {
      if (card) say(why, "amber");
      return;
    }
    const worker = await navigator.serviceWorker.register("/sw.js");
    const subscription = await worker.pushManager.getSubscription();
    if (!card) {
      if (subscription && Date.now() - Number(localStorage.getItem(SAID)) > DAY_MS) await tell(subscription, true);
      return;
    }
    const ready = navigator.serviceWorker.ready;
    for (const [name, act] of [["on", turnOn], ["try", tryOut], ["off", turnOff]]) {
      part(name).addEventListener("click", async () => {
        part(name).disabled = true;
        await act(await ready).catch((failure) => say(failure.message, "amber"));
        part(name).disabled = false;
      });
    }
    if (subscription && isOurs(subscription)) await tell(subscription, true);
    // Bound to another key, or removed from the list elsewhere: nothing would come.
    if (subscription && !here()) await subscription.unsubscribe();
    show();
  };

  begin().catch((failure) => { if (card) say(failure.message, "amber"); });
})();
