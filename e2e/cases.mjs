// A case that opens while «Эскалации» is on the screen: it is there by itself, its time runs, a manager takes it on a
// phone, and the owner sees it move. Before that the owner keeps the list of those who are called.
import { Client, PHONE, firstOwner, invited, withoutReload } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { open, press, toldBeside } from "./lib/pages.mjs";
import { ask, must, play, say } from "./lib/stage.mjs";

await play(async ({ guest }) => {
  const owner = await guest();
  await firstOwner(owner, process.env.NOCHNIK_LINK);
  await keepsThePeople(owner);

  const marina = await guest(PHONE);
  await invited(owner, marina, "marina", { person: "Марина" });
  for (const page of [owner, marina]) {
    await open(page, "escalations");
    await page.getByText("Сейчас никого не зовём").waitFor();
  }
  const vera = new Client(await guest());
  await withoutReload(owner, () => withoutReload(marina, async () => {
    await caseOpens(vera, owner, marina);
    await marina.getByRole("button", { name: "Взять" }).click();
    for (const page of [owner, marina]) {
      await page.getByRole("heading", { name: "В работе · 1" }).waitFor();
      await page.getByText("«Беру»: Марина").first().waitFor();
      await page.getByText("Сейчас никого не зовём").waitFor();
    }
    await ask("the notice says who took it");
  }));
  say("a case came by itself, and moved by itself when it was taken");
  await look(marina, "taken");
  await isSeenThrough(marina);
  await isEnded(marina, owner, vera);
});

/** Somebody new is written down, is heard of by the bot, changes; a person is on duty or not called any more. */
async function keepsThePeople(owner) {
  await open(owner, "people");
  await owner.getByRole("link", { name: "Добавить человека" }).click();
  await press(owner, "Сохранить");
  await toldBeside(owner, "Имя", "Напишите имя");
  await look(owner, "person-wrong");
  await owner.getByLabel("Имя", { exact: true }).fill("Игорь");
  await owner.getByLabel(/^Старший/).check();
  await owner.getByLabel("Телефон").fill("8 918 555-01-09");
  await press(owner, "Сохранить");
  const igor = owner.locator(".card", { has: owner.getByRole("heading", { name: "Игорь", exact: true }) });
  await igor.getByText("Ночью не дозваться").waitFor();
  await igor.getByText("старший").waitFor();

  await igor.getByRole("button", { name: "Подключить мессенджер" }).click();
  await owner.getByRole("heading", { name: "Код для: Игорь" }).waitFor();
  await look(owner, "person-code");
  await ask(`Igor sends ${await owner.locator("code").innerText()}`);
  await open(owner, "people");
  await igor.getByText("Телеграм").waitFor();
  must(await igor.getByText("Ночью не дозваться").count() === 0, "Igor is reached");
  say("a new person is reached by the messenger");

  await igor.getByRole("link", { name: "Изменить" }).click();
  await owner.getByLabel("Имя", { exact: true }).fill("Игорь Петрович");
  await owner.getByLabel(/^Владелец/).check();
  await press(owner, "Сохранить");
  const changed = owner.locator(".card", { has: owner.getByRole("heading", { name: "Игорь Петрович" }) });
  await changed.getByText("владелец").waitFor();
  await changed.getByText("Телеграм").waitFor();
  await owner.getByRole("heading", { name: "Неделя вперёд" }).waitFor();
  await look(owner, "people");
  await changed.getByRole("link", { name: "Изменить" }).click();
  await look(owner, "person");
  await owner.getByRole("link", { name: "Больше не звать" }).click();
  await look(owner, "person-off");
  await owner.getByRole("button", { name: "Больше не звать" }).click();
  await owner.getByRole("heading", { name: "Дежурные" }).waitFor();
  must(await owner.getByText("Игорь").count() === 0, "who is not called any more is gone");
  say("a person is changed and taken off");
}

/** The card comes by the stream alone, tells who is called, and counts the time down. */
async function caseOpens(vera, owner, marina) {
  await vera.comes();
  await vera.says("Это возмутительно, мне испортили волосы! Позовите администратора");
  await vera.hears(/Марина/);
  for (const page of [owner, marina]) {
    const card = page.locator(".burning");
    await card.getByText(/Марина/).waitFor();
    await card.getByText("Телеграм").first().waitFor();
    await card.getByText(/отправлено|доставлено/).first().waitFor();
    await runs(card.locator(".clock"));
  }
  await look(owner, "burning");
}

/** The seconds on the card go down. */
async function runs(clock) {
  const seconds = (text) => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  const first = seconds(await clock.innerText());
  must(first > 0 && first <= 5 * 60, "the next call is minutes away", String(first));
  let now = first;
  while (now >= first) {
    now = seconds(await clock.innerText());
    must(now <= first, "the time goes down", `${first} → ${now}`);
  }
}

/** The manager reads on the phone what was said, answers, and gives the talk back. */
async function isSeenThrough(marina) {
  await marina.locator("#main h3 a").first().click();
  await marina.locator(".bubbles").getByText("испортили волосы").waitFor();
  await marina.getByRole("textbox", { name: "Ответ клиенту" }).fill("Это Марина. Приходите завтра в десять, исправим за наш счёт.");
  await marina.getByRole("button", { name: "Отправить" }).click();
  await marina.locator(".bubble.person").getByText("исправим за наш счёт").waitFor();
  await marina.getByRole("button", { name: "Вернуть боту" }).click();
  await marina.getByText("Бот отвечает").waitFor();
  say("the client's words are read on a phone, and answered");
}

/** Given back to the bot, the case is still hers until she says how it ended. */
async function isEnded(marina, owner, vera) {
  await marina.getByText("Дело в работе: чем закончилось?").click();
  // What comes meanwhile does not close the choice under her thumb.
  await vera.says("Хорошо, буду в десять");
  await marina.locator(".bubble.client").getByText("буду в десять").waitFor();
  await marina.getByRole("button", { name: "Записан", exact: true }).waitFor({ timeout: 3_000 });
  await look(marina, "ending");
  await withoutReload(marina, async () => {
    await marina.getByRole("button", { name: "Записан", exact: true }).click();
    await marina.getByText("Дело в работе: чем закончилось?").waitFor({ state: "detached" });
  });
  await open(owner, "escalations");
  await owner.getByText("«Беру»: Марина").first().waitFor();
  must(await owner.getByRole("heading", { name: /^В работе/ }).count() === 0, "nothing is at work any more");
  say("the case is ended from the talk");
}
