// The console as an app: pushes are switched on in a real Chromium, a hot lead goes out to a push service by other
// hands, its service worker shows the push, and a click leads to the case.
//
// Chromium's own push service is Google's and out of reach here: only `subscribe` is played by this file, with a
// subscription to `web-push-testing`. The service worker, its notification and every page are real.
import { Client, firstOwner } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { must, play, say, url } from "./lib/stage.mjs";

const SERVICE = process.env.NOCHNIK_PUSH;
const PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1";
const CARD = `${url}/console/more#push`;

await play(async ({ guest }) => {
  const desk = await guest();
  await firstOwner(desk, process.env.NOCHNIK_LINK);
  await saysWhyNot(desk, guest);

  await desk.context().grantPermissions(["notifications"], { origin: url });
  const subscription = await subscribesElsewhere(desk);
  await switchesOn(desk);
  const worker = await helper(desk);
  const shows = screen(worker, await mailbox(desk));

  await desk.getByRole("button", { name: "Прислать пробное" }).click();
  await desk.getByText("Отправлено").waitFor();
  const trial = await pushed(subscription, 1);
  must((await shows(trial, 1))[0].body.includes("Пробное уведомление"), "the trial push is shown", trial);
  say("a trial push came through");

  const vera = new Client(await guest());
  await vera.comes();
  await vera.says("Это возмутительно, мне испортили волосы! Позовите администратора");
  await vera.hears(/Роза/);
  const push = await pushed(subscription, 2);
  must(!/волос|испортили/.test(push), "nothing of the client's is on a locked screen", push);
  const notice = (await shows(push, 2)).find((each) => !each.body.includes("Пробное"));
  must(notice?.title.includes("Лотос"), "the notification names the business", JSON.stringify(notice));
  const broken = await shows("not JSON", 3);
  // A push that shows nothing costs the subscription.
  must(broken.some((each) => each.body === "Ждёт клиент. Откройте кабинет."), "a broken push is shown", JSON.stringify(broken));
  const link = await clicked(worker, notice.tag);
  must(link.startsWith(`${url}/take/`), "a click leads to the page of the case", link);
  say("a hot lead rang, and a click leads to it");

  await desk.goto(link);
  await look(desk, "take");
  await desk.getByRole("button", { name: "Беру" }).click();
  await desk.getByRole("link", { name: "Открыть диалог" }).click();
  await desk.locator(".bubbles").getByText("испортили волосы").waitFor();
  say("the case is taken from the push");

  await desk.goto(`${url}/console/people`);
  await desk.getByText("Уведомления кабинета").waitFor();
  await desk.goto(CARD);
  await desk.getByRole("button", { name: "Выключить" }).click();
  await desk.getByText("Пока не включены").waitFor();
  await desk.getByRole("button", { name: "Включить" }).waitFor();
});

/** Each device is told what it lacks, in plain words. */
async function saysWhyNot(desk, guest) {
  const [cookie] = await desk.context().cookies();
  const denied = await guest();
  await denied.context().addCookies([cookie]);
  await denied.addInitScript(() => Object.defineProperty(Notification, "permission", { get: () => "denied" }));
  await denied.goto(CARD);
  await denied.getByText("Браузер запретил").waitFor();
  await look(denied, "push-denied");
  const phone = await guest({ userAgent: PHONE });
  await phone.context().addCookies([cookie]);
  await phone.goto(CARD);
  await phone.getByText("На экран „Домой“").waitFor();
  await look(phone, "push-iphone");
}

/** The next `subscribe` of the page gives a subscription to the other push service. */
async function subscribesElsewhere(desk) {
  const key = await (await fetch(`${url}/console/push/key`)).text();
  const answer = await fetch(`${SERVICE}/subscribe`, {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ userVisibleOnly: "true", applicationServerKey: key }),
  });
  const { data } = await answer.json();
  await desk.addInitScript(({ given, key }) => {
    const KEPT = "subscription-of-the-play";
    const bytes = Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const made = () => ({
      endpoint: given.endpoint, options: { applicationServerKey: bytes.buffer }, toJSON: () => given,
      unsubscribe: async () => { localStorage.removeItem(KEPT); return true; },
    });
    PushManager.prototype.getSubscription = async () => (localStorage.getItem(KEPT) ? made() : null);
    PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
      const isKey = applicationServerKey.every((byte, at) => byte === bytes[at]);
      if (userVisibleOnly !== true || !isKey) throw new Error("not what a browser takes");
      localStorage.setItem(KEPT, "yes");
      return made();
    };
  }, { given: { endpoint: data.endpoint, expirationTime: null, keys: data.keys }, key });
  return data.clientHash;
}

async function switchesOn(desk) {
  await desk.goto(CARD);
  await desk.getByRole("button", { name: "Включить" }).waitFor();
  await look(desk, "push-off");
  await desk.getByRole("button", { name: "Включить" }).click();
  await desk.getByText("Включены: ночной вызов").waitFor();
  await look(desk, "push-on");
  await desk.reload();
  await desk.getByText("Включены: ночной вызов").waitFor();
  await desk.getByText("это устройство", { exact: true }).waitFor();
  say("pushes are switched on, and a reload knows it");
}

/** The service worker itself, where it can be asked. */
async function helper(desk) {
  const context = desk.context();
  return context.serviceWorkers()[0] ?? context.waitForEvent("serviceworker");
}

/** What a push service would do: hands a message to the service worker. */
async function mailbox(desk) {
  const session = await desk.context().newCDPSession(desk);
  const known = new Promise((found) => {
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const ours = registrations.find((each) => each.scopeURL === `${url}/`);
      if (ours) found(ours.registrationId);
    });
  });
  await session.send("ServiceWorker.enable");
  const registrationId = await known;
  return (data) => session.send("ServiceWorker.deliverPushMessage", { origin: url, registrationId, data });
}

/** Waits until so many pushes have reached the browser's service; returns the last one, unlocked. */
async function pushed(clientHash, count) {
  for (let turn = 0; turn < 100; turn += 1) {
    const answer = await fetch(`${SERVICE}/get-notifications`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ clientHash }),
    });
    const { messages } = (await answer.json()).data;
    if (messages.length >= count) return messages[count - 1];
    await new Promise((rest) => setTimeout(rest, 100));
  }
  throw new Error(`push ${count} did not come`);
}

/**
 * Delivers a push and waits until so many notifications stand on the screen. Headless Chromium loses one now and then
 * when it is busy; a push service sends again, too, and a notification of the same tag takes the first one's place.
 */
function screen(worker, deliver) {
  const all = () => worker.evaluate(async () => {
    const found = await registration.getNotifications();
    return found.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
  });
  return async (push, count) => {
    for (let turn = 0; turn < 30; turn += 1) {
      if (turn % 6 === 0) await deliver(push);
      await new Promise((rest) => setTimeout(rest, 500));
      const found = await all();
      if (found.length >= count) return found;
    }
    throw new Error(`notification ${count} is not shown: ${JSON.stringify(await all())}`);
  };
}

/** Clicks a notification; gives the address the worker opens. Only a person's own click may open a window. */
async function clicked(worker, tag) {
  return worker.evaluate(async (tag) => {
    const [notice] = await registration.getNotifications({ tag });
    return new Promise((opened) => {
      clients.openWindow = async (to) => opened(to);
      dispatchEvent(new NotificationEvent("notificationclick", { notification: notice }));
    });
  }, tag);
}
