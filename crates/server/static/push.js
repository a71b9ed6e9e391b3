// Pushes to this browser: the card on «Ещё», and on every page a word to the server that the browser is still there.
(() => {
  "use strict";
  const DAY_MS = 24 * 3600 * 1000;
  const SAID = "push-said-at";
  const ENDPOINT = "push-endpoint";
  const OWNER = "push-owner";
  const me = document.currentScript.dataset.person;
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
    state.lastElementChild.textContent = text;
    state.className = `note ${tone}`;
    state.hidden = text === "";
  };
  const offer = (...names) => {
    for (const name of ["on", "try", "off"]) part(name).hidden = !names.includes(name);
    part("acts").hidden = names.length === 0;
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

  /** What this browser remembers of itself; a browser that keeps nothing is asked again each time. */
  const memory = {
    get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
    set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* see above */ } },
    forget: (...names) => { try { names.forEach((name) => localStorage.removeItem(name)); } catch { /* see above */ } },
  };

  const remember = (subscription) => {
    memory.set(SAID, String(Date.now()));
    memory.set(ENDPOINT, subscription.endpoint);
    memory.set(OWNER, me);
  };

  /** Tells the server of the subscription; the list of devices comes back. */
  const tell = async (subscription, { isKnown = false, replaces = null } = {}) => {
    const answer = await post("/console/push", { subscription, is_known: isKnown, replaces });
    remember(subscription);
    if (card) part("devices").innerHTML = await answer.text();
  };

  const serverKey = async () => {
    const text = await (await fetch("/console/push/key")).text();
    return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  };
  const subscribe = async (worker) =>
    worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: await serverKey() });
  const isOurs = async (subscription) => {
    const bound = new Uint8Array(subscription.options.applicationServerKey ?? []);
    const own = await serverKey();
    return bound.length === own.length && bound.every((byte, at) => byte === own[at]);
  };

  /**
   * Where this person switched pushes on, a subscription that the browser dropped or changed is made good, whatever
   * page is open. Somebody else who signs in here changes nothing of it.
   */
  const keepOn = async (worker) => {
    const kept = memory.get(ENDPOINT);
    const found = await worker.pushManager.getSubscription();
    if (!kept || memory.get(OWNER) !== me || Notification.permission !== "granted") return found;
    const subscription = found ?? await subscribe(worker).catch(() => null);
    if (!subscription) return null;
    if (subscription.endpoint !== kept) await tell(subscription, { replaces: kept });
    else if (!card && Date.now() - Number(memory.get(SAID)) > DAY_MS) await tell(subscription, { isKnown: true });
    return subscription;
  };
  /** Asks whether the server still has it: it may have been removed from another device, or be somebody else's. */
  const recall = async (subscription) => {
    const answer = await post("/console/push", { subscription, is_known: true });
    part("devices").innerHTML = await answer.text();
    if (here()) remember(subscription);
    else if (memory.get(OWNER) === me) memory.forget(ENDPOINT, OWNER, SAID);
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
      subscription = await subscribe(worker);
    } catch {
      say("Браузер не смог подключиться к своей службе уведомлений. Проверьте интернет и повторите; если не выходит, попробуйте другой браузер.", "amber");
      return;
    }
    await tell(subscription);
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
    memory.forget(ENDPOINT, OWNER, SAID);
    here().querySelector("form").submit();
  };

  const begin = async () => {
    const why = obstacle();
    if (why) {
      if (card) say(why, "amber");
      return;
    }
    await navigator.serviceWorker.register("/sw.js");
    const worker = await navigator.serviceWorker.ready;
    const subscription = await keepOn(worker);
    if (!card) return;
    for (const [name, act] of [["on", turnOn], ["try", tryOut], ["off", turnOff]]) {
      part(name).addEventListener("click", async () => {
        part(name).disabled = true;
        await act(worker).catch((failure) => say(failure.message, "amber"));
        part(name).disabled = false;
      });
    }
    if (subscription && await isOurs(subscription)) await recall(subscription);
    // Bound to another key nothing would come, and the browser would refuse the right one.
    else await subscription?.unsubscribe();
    show();
  };

  begin().catch((failure) => { if (card) say(failure.message, "amber"); });
})();
