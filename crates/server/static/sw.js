// The console's helper in the browser: shows pushes while no page is open, and leads from them to their case.
"use strict";

const HOME = "/console";
// Browsers take the subscription away from whoever shows nothing.
const PLAIN = { title: "Ночник", body: "Ждёт клиент. Откройте кабинет.", tag: "nochnik", link: HOME };

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

const told = (data) => {
  try {
    return { ...PLAIN, ...data.json() };
  } catch {
    return PLAIN;
  }
};

addEventListener("push", (event) => {
  const { title, body, tag, link } = told(event.data);
  event.waitUntil(registration.showNotification(title, {
    body, tag, renotify: true, requireInteraction: true, lang: "ru",
    icon: "/assets/app/icon-192.png", badge: "/assets/app/badge.png",
    vibrate: [300, 150, 300, 150, 600], data: { link },
  }));
});

// Only pages of our own are gone to.
const own = (link) => {
  const to = new URL(link || HOME, location.origin);
  return to.origin === location.origin ? to.href : new URL(HOME, location.origin).href;
};

const open = async (link) => {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const same = pages.find((page) => page.url === link);
  return same ? same.focus() : clients.openWindow(link);
};

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(own(event.notification.data?.link)));
});

// The browser has given the old subscription up: the person must not notice.
const renew = async ({ oldSubscription, newSubscription }) => {
  const fresh = newSubscription ?? await registration.pushManager.subscribe({
    userVisibleOnly: true, applicationServerKey: await (await fetch("/console/push/key")).text(),
  });
  await fetch("/console/push", {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ subscription: fresh, replaces: oldSubscription?.endpoint ?? null }),
  });
};

addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));
