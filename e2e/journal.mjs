// Who was here and what they did: the logins of an owner and of the staff ended and opened again, the theme of the
// console, and the journal that tells all of it in words, filtered and as a file.
import { Client, PHONE, enter, firstOwner, invited } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { downloaded, open, press } from "./lib/pages.mjs";
import { must, play, say, url } from "./lib/stage.mjs";

await play(async ({ guest }) => {
  const owner = await guest(PHONE);
  await firstOwner(owner, process.env.NOCHNIK_LINK);
  const marina = await guest(PHONE);
  await invited(owner, marina, "marina", { person: "Марина" });

  const olya = new Client(await guest());
  await olya.comes();
  await olya.books("Оля", "8 918 555-12-31");
  await open(marina, "chats");
  await marina.locator("#talks .who", { hasText: "Оля" }).click();
  await marina.locator(".bubble.client", { hasText: "Да, всё верно" }).waitFor();

  await endsTheOthers(owner, await guest());
  await closesALogin(owner, marina);
  await paintsTheConsole(owner);
  await readsTheJournal(owner);
});

async function endsTheOthers(owner, other) {
  await enter(other);
  await open(owner, "logins");
  await owner.getByText("вы здесь").waitFor();
  must(await owner.getByRole("button", { name: "Закончить", exact: true }).count() === 2, "the other browser and Marina's");
  await look(owner, "logins");
  await press(owner, "Закончить все, кроме этого");
  await owner.getByText("вы здесь").waitFor();
  must(await owner.getByRole("button", { name: "Закончить", exact: true }).count() === 1, "only Marina's is left");
  await open(other, "chats");
  await other.waitForURL(/\/login/);
  say("the owner's other login is over");
}

async function closesALogin(owner, marina) {
  await press(owner, "Закончить");
  await owner.getByText("Сейчас больше никто не вошёл").waitFor();
  // Nobody touches the page: it leaves by itself.
  await marina.waitForURL(/\/login/, { timeout: 90_000, waitUntil: "commit" });
  await open(owner, "access");
  await owner.getByRole("link", { name: "Закрыть вход: marina" }).click();
  await look(owner, "access-closing");
  await press(owner, "Закрыть вход");
  await owner.getByText("вход закрыт").waitFor();
  await look(owner, "access-closed");
  await tries(marina);
  await marina.getByRole("alert").waitFor();
  await owner.getByRole("button", { name: "Открыть снова: marina" }).click();
  await owner.getByRole("link", { name: "Закрыть вход: marina" }).waitFor();
  await tries(marina);
  await marina.waitForURL(`${url}/console`);
  say("a login is closed and opened again");
}

async function tries(marina) {
  await marina.goto(`${url}/login`);
  await marina.getByLabel("Логин").fill("marina");
  await marina.getByLabel("Пароль").fill("синий чайник у окна");
  await marina.getByRole("button", { name: "Войти" }).click();
}

/** The choice outlives the page; a phone by day shows the dark one. */
async function paintsTheConsole(owner) {
  await open(owner, "more");
  await owner.emulateMedia({ colorScheme: "light" });
  const ground = () => owner.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await press(owner, "Тёмная");
  await open(owner, "state");
  await owner.getByText("всё работает").waitFor();
  must(await ground() !== light, "the chosen theme is kept from page to page", light);
  await open(owner, "more");
  await press(owner, "Как на устройстве");
  must(await ground() === light, "the device decides again");
  await owner.emulateMedia({ colorScheme: null });
  await look(owner, "more");
  say("the theme is the owner's choice");
}

async function readsTheJournal(owner) {
  await open(owner, "journal");
  for (const [deed, who] of [
    ["Выписано приглашение: менеджер", "Роза"], ["Вход по приглашению", "Марина"], ["Закончены все входы", "Роза"],
    ["Закрыт вход: Марина", "Роза"], ["Снова открыт вход: Марина", "Роза"], ["Вход в кабинет", "Марина"],
  ]) {
    const line = owner.locator(".journal li").filter({ hasText: deed }).filter({ hasText: who });
    must(await line.count() > 0, `the journal tells it: ${deed}, ${who}`, await owner.locator("main").innerText());
  }
  await look(owner, "journal");

  const lines = owner.locator(".journal li");
  const all = await lines.count();
  await owner.getByRole("link", { name: "Марина", exact: true }).click();
  await owner.waitForURL(/who=marina/);
  const own = await lines.count();
  must(own > 0 && own < all, "Marina's lines are a part", `${own} of ${all}`);
  must((await lines.allInnerTexts()).every((line) => line.includes("Марина")), "nobody else's lines");
  await owner.getByRole("link", { name: "Обучение" }).click();
  await owner.getByText("Здесь пока пусто").waitFor();
  await look(owner, "journal-none");

  await owner.getByRole("link", { name: "Кто что открывал" }).click();
  const opened = lines.filter({ hasText: /Диалог.*Оля/ }).filter({ hasText: "Марина" });
  await opened.first().waitFor();
  await look(owner, "journal-seen");
  await opened.first().getByRole("link", { name: "Оля" }).click();
  await owner.locator(".bubbles").waitFor();
  say("the journal tells in words who did what and who opened what");

  await open(owner, "journal?kind=doors");
  const file = await downloaded(owner, owner.getByRole("link", { name: "Скачать CSV" }));
  must(file.startsWith("\u{feff}Когда;Кто;Логин;Что;О чём"), "a spreadsheet opens it", file.slice(0, 60));
  const rows = file.trim().split("\n").slice(1);
  must(rows.length === await lines.count(), "what is shown is what is saved", `${rows.length}`);
  must(rows.some((row) => /;Марина;marina;Вход по приглашению;/.test(row)), "the file tells who came", file);
  await open(owner, "journal");
  await lines.filter({ hasText: "Журнал сохранён файлом" }).waitFor();
  say("the journal came as a file, and says so itself");
}
