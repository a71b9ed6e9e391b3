// From an empty folder to a booked test conversation, by the console alone: an owner who reads what the pages say.
import { firstOwner } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { must, play, say, url } from "./lib/stage.mjs";

const STEPS = `${url}/console/start`;
const PRICE_LIST = "Название\tЦена\tДлительность\nМужская стрижка\t1 500 ₽\t45 мин\nСтрижка бороды\tот 900\t30 мин";
const OPEN = "10:00–21:00";

await play(async ({ guest }) => {
  const desk = await guest();
  await firstOwner(desk, process.env.NOCHNIK_LINK);
  await desk.goto(`${url}/console/more`);
  await desk.getByRole("link", { name: "Настройки" }).click();
  await desk.getByRole("link", { name: "Первые шаги" }).click();
  await look(desk, "steps-begun");

  await step(desk, "Чем вы занимаетесь");
  await desk.getByLabel("Барбершоп").check();
  await look(desk, "kind");
  await desk.getByRole("button", { name: "Дальше" }).click();
  await look(desk, "kind-question");
  await desk.getByRole("button", { name: "Взять заготовку" }).click();

  await desk.getByLabel("Название").fill("Барбершоп «Бритва»");
  await desk.getByLabel("Город").fill("Ростов-на-Дону");
  await desk.getByLabel("Адрес", { exact: true }).fill("ул. Садовая, 5, вход с улицы");
  await desk.getByLabel("Телефон").fill("8 (863) 555-02-00");
  await desk.getByLabel("Кто собирает данные").fill("ИП Бритвин Семён Олегович (пример)");
  await desk.getByLabel("Политика обработки данных").fill("https://britva.example/privacy");
  await save(desk);
  say("kind, name and operator are there");

  await step(desk, "Часы работы");
  for (const day of ["Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота", "Воскресенье"]) {
    await desk.getByLabel(day).fill(OPEN);
  }
  await save(desk);

  await step(desk, "Услуги и цены");
  await desk.getByRole("link", { name: "Вставить прайс" }).click();
  await desk.getByRole("textbox", { name: "Прайс" }).fill(PRICE_LIST);
  await desk.getByRole("button", { name: "Показать, что получится" }).click();
  await desk.getByText("Получится: 2 услуги").waitFor();
  await look(desk, "price-list");
  await desk.getByRole("button", { name: "Сохранить 2 услуги" }).click();
  await desk.getByText("Мужская стрижка").first().waitFor();

  await step(desk, "Мастера");
  await desk.getByRole("link", { name: "Добавить мастера" }).click();
  await desk.getByLabel("Имя", { exact: true }).fill("Руслан");
  await save(desk);
  await desk.getByText("Руслан").first().waitFor();
  say("hours, prices and a barber are there");

  await step(desk, "Кого звать ночью");
  await desk.getByRole("link", { name: "Добавить человека" }).click();
  await desk.getByLabel("Имя", { exact: true }).fill("Семён");
  await desk.locator("input[type=radio]").first().check();
  await desk.getByLabel("Телефон").fill("+7 918 555-00-11");
  await save(desk);

  await desk.goto(STEPS);
  const left = await desk.locator(".steps-list li").filter({ hasNotText: "готово" }).allInnerTexts();
  must(left.length === 2 && left[0].includes("Мессенджеры"), "only a messenger's key is left, which nobody has in a test", left.join(" | "));
  must(left[1].includes("никого не дозваться"), "and with it whoever is to be called", left[1]);
  await look(desk, "steps-done");

  await desk.getByRole("link", { name: "Поговорить с ботом как клиент" }).click();
  await talks(desk);
  await desk.goto(`${url}/console/leads`);
  await desk.getByText("Игорь").first().waitFor();
  await desk.goto(`${url}/console/calendar`);
  await desk.getByRole("navigation", { name: "День" }).getByRole("link").nth(1).click();
  await desk.locator(".calendar .visit", { hasText: "Игорь" }).waitFor();
  await look(desk, "booked");
  say("the test conversation is booked, and the console shows the visit");
});

async function step(desk, title) {
  await desk.goto(STEPS);
  await desk.getByRole("link", { name: title, exact: true }).click();
}

async function save(desk) {
  await desk.getByRole("button", { name: "Сохранить", exact: true }).click();
  await desk.waitForLoadState();
  must(await desk.locator(".problem, .note.red").count() === 0, "a form is refused", await desk.locator("main").innerText());
}

/** The owner plays a client of the barbershop. */
async function talks(page) {
  await page.getByRole("heading", { name: "Запишитесь, когда удобно вам" }).waitFor();
  must((await page.innerText("body")).includes("Барбершоп «Бритва»"), "the page is the owner's own");
  await page.getByRole("button", { name: "Открыть чат" }).click();
  const log = page.getByRole("log", { name: "Сообщения" });
  const box = page.getByRole("textbox", { name: "Сообщение" });
  const hears = (words) => log.locator(".bubble:not(.client)").filter({ hasText: words }).last().waitFor();
  const says = async (text) => { await box.fill(text); await box.press("Enter"); };
  await hears(/Барбершоп «Бритва»/);
  await says("сколько стоит мужская стрижка?");
  await hears(/1\s500/);
  await says("запишите на мужскую стрижку завтра к Руслану");
  await hears(/время|окн|свобод/i);
  await log.getByRole("button", { name: /\d\d:\d\d/ }).first().click();
  await hears(/зовут/);
  await says("Игорь");
  await hears(/номер/);
  await says("8 918 555-12-34");
  await hears(/Всё верно/);
  await log.getByRole("button", { name: /^Да/ }).first().click();
  await hears(/Записал.*[Мм]ужская стрижка/);
  await look(page, "talk", { whole: false });
}
