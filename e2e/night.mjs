// One night in the browser: the owner's first entry, a booking in the site chat seen live in the
// console, a take-over, a restart of the server; every page is looked at on the way.
import { Client, enter, firstOwner, withoutReload } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { ask, must, play, say, url } from "./lib/stage.mjs";

const PAGES = [
  ["now", ""], ["chats", "/chats"], ["leads", "/leads"], ["numbers", "/numbers"], ["calendar", "/calendar"],
  ["delivery", "/delivery"], ["state", "/state"], ["more", "/more"], ["people", "/people"],
  ["escalations", "/escalations"], ["journal", "/journal"], ["seen", "/journal?view=seen"], ["logins", "/logins"],
  ["lessons", "/lessons"], ["check", "/check"],
];

await play(async ({ guest }) => {
  const desk = await guest();
  await desk.goto(process.env.NOCHNIK_LINK);
  await look(desk, "first");
  await firstOwner(desk, process.env.NOCHNIK_LINK);
  for (const [name, path] of PAGES) {
    await desk.goto(`${url}/console${path}`);
    await look(desk, `${name}-empty`);
  }
  say("the owner has entered");

  await desk.goto(`${url}/console/chats`);
  const olya = new Client(await guest());
  await olya.page.goto(`${url}/`);
  await look(olya.page, "demo");
  await withoutReload(desk, async () => {
    await olya.comes();
    await look(olya.page, "chat-begun", { whole: false });
    await olya.books("Оля", "8 918 555-12-31");
    await desk.locator("#talks .who", { hasText: "Оля" }).waitFor();
  });
  say("a visit is booked, and the list shows it by itself");
  await look(olya.page, "chat", { whole: false });
  await look(desk, "chats");

  await desk.locator("#talks .who", { hasText: "Оля" }).click();
  await desk.getByText("Всё верно").first().waitFor();
  const said = await desk.locator(".bubbles").innerText();
  must(said.includes("Да, всё верно"), "a press reads as the client saw it", said);
  must((await desk.locator(".bubbles .day").allInnerTexts()).join() === "Сегодня", "all of it was said today", said);
  await desk.locator("#facts").getByText("Маникюр с гель-лаком").first().waitFor();
  await look(desk, "dialogue", { whole: false });
  await desk.setViewportSize({ width: 360, height: 740 });
  await desk.getByRole("link", { name: "Карточка" }).click();
  await desk.getByRole("heading", { name: "Вероятность сделки" }).waitFor();
  await look(desk, "card", { whole: false });
  await desk.getByRole("link", { name: "Закрыть" }).click();
  await desk.waitForFunction(() => {
    const page = document.scrollingElement;
    return page.scrollHeight - page.scrollTop - page.clientHeight < 120;
  });
  await desk.setViewportSize({ width: 1440, height: 900 });

  await withoutReload(desk, async () => {
    await olya.says("А парковка у вас есть?");
    await desk.getByText("А парковка у вас есть?").first().waitFor();
    await olya.hears(/парковка/);
    await takeOver(desk, olya);
  });
  say("a person took over, and the bot fell silent");

  await talkOutlivesReloadAndRestart(olya);
  say("the talk outlived a reload and a restart of the server");

  await enterAgain(guest);
  await asksForPerson(guest, desk);
  for (const [name, path] of PAGES) {
    await desk.goto(`${url}/console${path}`);
    await look(desk, name);
  }
  await desk.goto(`${url}/console/calendar`);
  // On a Saturday of Moscow tomorrow is closed: the visit was offered, and booked, a day later.
  const isSaturday = new Date(Date.now() + 3 * 3_600_000).getUTCDay() === 6;
  await desk.getByRole("navigation", { name: "День" }).getByRole("link").nth(isSaturday ? 2 : 1).click();
  await desk.locator(".calendar .visit", { hasText: "Оля" }).waitFor();
  await look(desk, "calendar-tomorrow");
  await visitIsDragged(desk, olya);
  say("a visit was dragged to another time, and the client was told");
  await desk.goto(`${url}/console/nothing-here`);
  await look(desk, "not-found");
});

async function visitIsDragged(desk, client) {
  const visit = desk.locator(".calendar .visit", { hasText: "Оля" });
  const was = await visit.locator("b").innerText();
  const free = desk.locator(".calendar td[data-time]:not(.closed)").last();
  const time = await free.getAttribute("data-time");
  await visit.dragTo(free);
  await desk.getByRole("heading", { name: "Перенести сюда?" }).waitFor();
  must(await client.page.getByText(/перенести вашу запись/).count() === 0, "the client hears nothing before a person confirms");
  await look(desk, "visit");
  await desk.getByRole("button", { name: "Перенести и написать клиенту" }).click();
  await client.hears(/перенести вашу запись/);
  await desk.reload();
  const now = await visit.locator("b").innerText();
  must(now === time && now !== was, "the visit stands where it was dropped", `${was} → ${time}: ${now}`);
  await desk.getByRole("link", { name: "Неделя" }).click();
  await visit.waitFor();
  await look(desk, "calendar-week");
}

async function takeOver(desk, client) {
  await desk.getByRole("button", { name: "Перехватить" }).click();
  await desk.getByText("Отвечает человек").waitFor();
  await desk.getByRole("textbox", { name: "Ответ клиенту" }).fill("Оля, это Роза. Двор большой, место найдётся.");
  await desk.getByRole("button", { name: "Отправить" }).click();
  await client.hears(/это Роза/);
  await desk.locator(".bubble.person").getByText("это Роза").waitFor();
  const before = await client.heard();
  await client.says("Сколько стоит педикюр?");
  await desk.locator(".bubbles").getByText("Сколько стоит педикюр?").waitFor();
  await desk.getByRole("textbox", { name: "Ответ клиенту" }).fill("2 600 ₽, полтора часа.");
  await desk.getByRole("button", { name: "Отправить" }).click();
  await client.hears(/полтора часа/);
  must(await client.heard() === before + 1, "the bot is silent while a person speaks");
  await look(desk, "dialogue-taken", { whole: false });
  await desk.getByRole("button", { name: "Вернуть боту" }).click();
  await desk.getByText("Бот отвечает").waitFor();
}

async function talkOutlivesReloadAndRestart(client) {
  await client.page.reload();
  await client.hears(/Записал/);
  await client.hears(/это Роза/);
  await ask("restart");
  await client.says("А картой можно оплатить?");
  await client.hears(/картой/);
  await ask("stop");
  await client.says("Спасибо большое");
  await client.page.getByText("Нет связи").waitFor();
  await look(client.page, "chat-offline", { whole: false });
  await ask("start");
  await client.page.locator(".bubble.client").last().getByLabel("получено").waitFor();
}

async function enterAgain(guest) {
  const page = await guest();
  await page.goto(`${url}/console/leads`);
  await page.waitForURL(/login/);
  await page.getByLabel("Логин").fill("roza");
  await page.getByLabel("Пароль").fill("не тот пароль, увы");
  await page.getByRole("button", { name: "Войти" }).click();
  await page.getByRole("alert").waitFor();
  await look(page, "login");
  await enter(page);
}

/** Nobody on duty can be reached: what was promised for the morning stands on the home page by itself. */
async function asksForPerson(guest, desk) {
  await desk.goto(`${url}/console`);
  const vera = new Client(await guest());
  await withoutReload(desk, async () => {
    await vera.comes();
    await vera.says("Позовите администратора, пожалуйста!");
    await vera.hears(/Ответим вам здесь/);
    await desk.getByText("Позовите администратора").or(desk.getByText("Сейчас администратора нет")).first().waitFor();
  });
}
