// An owner changes what the bot knows and says: every page of the settings, and the main job of each.
import { Client, firstOwner } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { must, play, say, url } from "./lib/stage.mjs";

const PAGES = [
  ["settings", "settings"], ["about", "settings/about"], ["answers", "settings/answers"], ["texts", "settings/texts"],
  ["text", "settings/texts/booked"], ["replies-empty", "settings/replies"], ["hours", "settings/hours"],
  ["days", "settings/days"], ["password", "password"], ["shift-new", "people/shifts/+"], ["duty-change", "people/changes"],
  ["services", "settings/services"], ["service", "settings/services/manicure"], ["service-new", "settings/services/+"],
  ["price-list", "settings/price-list"], ["specialists", "settings/specialists"],
  ["specialist", "settings/specialists/anna"], ["versions", "settings/versions"],
  ["rules", "settings/sheet/rules"], ["care", "settings/sheet/care"], ["questions", "settings/sheet/questions"],
  ["reports", "settings/sheet/reports"], ["retention", "settings/sheet/retention"], ["erasures", "settings/erasures?count=1"],
  ["ladder", "settings/ladder"], ["model", "model"], ["model-new", "model/add/openai"], ["start", "start"],
  ["channels", "channels"], ["site", "channels/site?hello=%D0%97%D0%B0%D0%BF%D0%B8%D1%88%D0%B5%D0%BC&color=%231a7f4b&side=left"], ["crm", "crm"], ["calendars", "calendars"], ["people", "people"],
];
const FILE = "Услуга;Цена;Минут\nПарафин для рук;700;30\nПилинг рук;от 900;40";

await play(async ({ guest }) => {
  const desk = await guest();
  await firstOwner(desk, process.env.NOCHNIK_LINK);
  for (const [name, path] of PAGES) {
    await desk.goto(`${url}/console/${path}`);
    await look(desk, name);
    say(`${name} was looked at`);
  }

  await open(desk, "settings/texts");
  await desk.getByRole("searchbox").fill("Записал вас");
  await desk.keyboard.press("Enter");
  await desk.getByRole("link", { name: /Записал вас/ }).first().click();
  await desk.getByLabel("Текст", { exact: true }).fill("Ждём: {service}, {when}");
  await press(desk, "Сохранить");
  await desk.getByText("клиент увидит скобки").first().waitFor();
  await look(desk, "text-broken");
  await desk.getByLabel("Текст", { exact: true }).fill("Готово: {service}, {moment}, мастер {specialist}. До встречи, {name}!");
  await press(desk, "Сохранить");
  await desk.getByText("Готово: Маникюр с гель-лаком, ср, 25 ноября, 18:30, мастер Анна. До встречи, Ольга!").waitFor();
  say("a text was changed, and shown as a client will read it");

  await open(desk, "settings/replies");
  await desk.getByLabel("Название").fill("Парковка");
  await desk.getByLabel("Текст").fill("{имя}, во дворе шесть мест, шлагбаум откроем.");
  await press(desk, "Сохранить");
  await look(desk, "replies");

  await open(desk, "settings/price-list");
  await desk.getByLabel("Файл с прайсом").setInputFiles({ name: "прайс.csv", mimeType: "text/csv", buffer: Buffer.from(FILE) });
  await press(desk, "Прочитать файл");
  await desk.getByText("Получится: 2 услуги").waitFor();
  await press(desk, "Сохранить 2 услуги");
  await desk.getByText("Пилинг рук").first().waitFor();
  say("a price list came as a file");

  await open(desk, "settings/specialists/anna");
  await desk.getByText("Отпуск и выходные").click();
  await desk.getByLabel("Когда мастера нет").fill("31.02.2027");
  await press(desk, "Сохранить");
  await desk.locator(".problem", { hasText: "не похоже на дату" }).waitFor();
  await look(desk, "specialist-broken");
  await desk.getByLabel("Когда мастера нет").fill("10.01.2027 — 24.01.2027");
  await press(desk, "Сохранить");
  await open(desk, "settings/specialists/anna");
  must(await desk.getByLabel("Когда мастера нет").inputValue() === "10.01.2027 — 24.01.2027", "the holiday is kept");
  say("a specialist has a holiday");

  await open(desk, "settings/hours");
  await desk.getByLabel("Воскресенье").fill("11:00–16:00");
  await press(desk, "Сохранить");
  await open(desk, "settings/versions");
  await desk.getByText(/воскресенье выходной → 11:00–16:00/).waitFor();
  await look(desk, "versions-many");
  say("what changed is told in words");

  await open(desk, "settings/days");
  await desk.getByRole("region", { name: "День 1" }).getByLabel("День", { exact: true }).fill(`${new Date().getFullYear() + 1}-10-05`);
  await desk.getByRole("region", { name: "День 1" }).getByLabel("Часы").fill("как получится");
  await press(desk, "Сохранить");
  await desk.locator(".problem", { hasText: "не похоже на часы работы" }).waitFor();
  await look(desk, "days-broken");
  await desk.getByLabel("Часы").first().fill("10-15:45");
  await press(desk, "Сохранить");
  await desk.locator(`input[value="10:00–15:45"]`).waitFor();
  say("a day differs from the week");

  await open(desk, "people/shifts/+");
  await desk.getByLabel("Кто дежурит").selectOption("Марина");
  await desk.getByText("Очередь и замена").click();
  await desk.getByLabel("Ещё человек 1").selectOption("Роза");
  await desk.getByLabel("Меняются каждые").fill("1");
  await press(desk, "Сохранить");
  await desk.locator(".problem", { hasText: "С какого дня идёт очередь?" }).waitFor();
  await look(desk, "shift-broken");
  await desk.getByLabel("Начиная с").fill("2026-11-30");
  await press(desk, "Сохранить");
  await desk.getByText("каждый день, 20:00–09:00, меняются каждую неделю").waitFor();
  await desk.getByRole("link", { name: "Добавить", exact: true }).click();
  await desk.getByLabel("Кого не будет").selectOption("Марина");
  await press(desk, "Сохранить");
  await desk.getByText(/Марина отсутствует, /).waitFor();
  await look(desk, "people-changed");
  await desk.getByRole("button", { name: /Убрать: Марина отсутствует/ }).click();
  await desk.getByText("Всё идёт по сменам").waitFor();
  say("a shift by turns, and a night off");

  await open(desk, "settings/sheet/rules");
  await desk.getByLabel("Сколько держать время").fill("полчасика");
  await press(desk, "Сохранить");
  await desk.locator(".problem", { hasText: "не похоже на время" }).waitFor();
  await look(desk, "rules-broken");
  await desk.getByLabel("Сколько держать время").fill("15 мин");
  await press(desk, "Сохранить");
  await open(desk, "settings/ladder");
  const more = desk.getByRole("region", { name: "Ещё шаг" });
  await more.getByLabel("Через, минут").fill("20");
  await more.getByLabel("Звать", { exact: true }).selectOption("владельца");
  await more.getByText("Повтор и причины").click();
  await more.getByLabel("угроза здоровью").check();
  await look(desk, "ladder-open");
  await press(desk, "Сохранить");
  await open(desk, "settings/versions");
  await desk.getByText("порядок вызова").first().waitFor();
  say("rules and the order of calls were set");

  await open(desk, "channels/of/widget");
  await desk.getByRole("link", { name: "Поставить чат на сайт" }).click();
  await desk.getByLabel("Приглашение у кнопки").fill("Запишем и ночью");
  await desk.getByLabel("Цвет кнопки").fill("#f5e663");
  await desk.getByLabel("Слева внизу").check();
  await desk.getByLabel("Метка страницы").fill("листовка");
  await press(desk, "Показать строку");
  const line = await desk.getByLabel("Строка", { exact: true }).inputValue();
  must(/data-color="#f5e663" data-side="left" data-hello="Запишем и ночью" data-source="листовка"/.test(line), "the line says it all", line);
  const visitor = await guest();
  await visitor.goto(`${url}${await desk.getByRole("link", { name: "Посмотреть на примере" }).getAttribute("href")}`);
  await visitor.getByRole("button", { name: "Запишем и ночью" }).waitFor();
  const opener = visitor.getByRole("button", { name: "Открыть чат" });
  const paint = await opener.evaluate((e) => { const s = getComputedStyle(e); return [s.backgroundColor, s.color, s.left].join(" "); });
  must(paint === "rgb(245, 230, 99) rgb(0, 0, 0) 20px", "a light button on the left, with dark lines on it", paint);
  await look(visitor, "painted-chat", { whole: false });
  await visitor.getByRole("button", { name: "Запишем и ночью" }).click();
  await visitor.getByRole("log", { name: "Сообщения" }).getByText(/бот/).first().waitFor();
  await look(visitor, "painted-chat-open", { whole: false });
  say("the chat was painted, and its line copied");

  const olya = new Client(await guest());
  await olya.page.goto(`${url}/`);
  await olya.comes();
  await olya.books("Оля", "8 918 555-12-31", { told: /Готово: .*До встречи, Оля!/ });
  say("the client reads the owner's own words");

  await open(desk, "chats");
  await desk.locator("#talks .who", { hasText: "Оля" }).click();
  await desk.getByText("Заготовки").click();
  await desk.getByRole("link", { name: "Парковка" }).click();
  const box = desk.getByRole("textbox", { name: "Ответ клиенту" });
  await desk.waitForFunction(() => document.querySelector("#reply").value.includes("шлагбаум"));
  must((await box.inputValue()).startsWith("Оля, во дворе"), "the client's name is in it", await box.inputValue());
  await look(desk, "ready-reply", { whole: false });
  await desk.getByRole("button", { name: "Отправить" }).click();
  await olya.hears(/Оля, во дворе шесть мест/);
  await desk.getByLabel("Заметка для своих").fill("Приедет на машине");
  await press(desk, "Записать");
  await desk.locator(".bubble.remark", { hasText: "Приедет на машине" }).waitFor();
  must(!(await olya.page.locator("body").innerText()).includes("Приедет на машине"), "a note is not for the client");
  await look(desk, "note", { whole: false });
  say("a ready reply went out, a note stayed in");

  await open(desk, "settings/services/manicure_gel");
  await desk.getByLabel("Цена").fill("2300");
  await press(desk, "Сохранить");
  await open(desk, "settings/versions");
  await desk.getByRole("link", { name: "Что пошло бы иначе" }).first().click();
  await look(desk, "replay-before");
  await press(desk, "Сравнить");
  await desk.getByText(/Иначе пошёл бы 1\sдиалог/).waitFor();
  await desk.getByText("2 300 ₽").first().waitFor();
  await look(desk, "replay");
  say("the dialogue that a new price would have changed is found");

  await open(desk, "settings/sheet/rules");
  await desk.getByLabel(/^сотрудник, одним нажатием/).check();
  await press(desk, "Сохранить");
  const vera = new Client(await guest());
  await vera.page.goto(`${url}/`);
  await vera.comes();
  await vera.books("Вера", "8 918 555-12-32", { told: /Передал заявку/ });
  await open(desk, "chats");
  await desk.locator("#talks .who", { hasText: "Вера" }).click();
  const visits = desk.getByRole("heading", { name: "Записи" }).locator("..");
  await visits.getByText("подтвердите").waitFor();
  await look(desk, "visit-of-a-client", { whole: false });
  await visits.getByRole("link").first().click();
  await desk.getByRole("heading", { name: "Запись ждёт вашего слова" }).waitFor();
  await look(desk, "visit-word");
  await press(desk, "Подтвердить");
  await vera.hears(/Запись подтверждена: .*Ждём вас, Вера!/);
  say("a visit that waited for a word stands");

  await visitIsEnteredByHand(desk);
  say("a visit was entered by hand, and its time is nobody else's");

  await open(desk, "settings/specialists/anna");
  await desk.getByRole("link", { name: "Убрать мастера" }).click();
  await desk.getByText(/Впереди \d\sзапис/).waitFor();
  await desk.getByText(/Оля, Маникюр с гель-лаком, Анна/).waitFor();
  await look(desk, "specialist-off");
  await press(desk, "Убрать");
  await desk.getByRole("status").getByText("Сохранено").waitFor();
  await desk.reload();
  must(await desk.getByText("Сохранено").count() === 0, "what was saved is said once");
  say("a specialist is taken off after a question");
});

async function visitIsEnteredByHand(desk) {
  await open(desk, "calendar");
  await desk.getByRole("link", { name: "Записать", exact: true }).click();
  await desk.getByRole("heading", { name: "Новая запись" }).waitFor();
  await press(desk, "Записать");
  await desk.getByText("Как зовут клиента?").first().waitFor();
  await fillIn(desk, "Нина", "8 918 555-12-40");
  await desk.locator(".times .chip").first().waitFor();
  await look(desk, "visit-new");
  await desk.locator(".times .chip").first().click();
  await desk.waitForFunction(() => document.querySelector("#field-time").value !== "");
  must(await desk.getByLabel("Клиент").inputValue() === "Нина", "what was typed stays");
  const [day, time] = [await desk.getByLabel("День").inputValue(), await desk.getByLabel("Начало").inputValue()];
  await press(desk, "Записать");
  await desk.waitForURL(`${url}/console/calendar?day=${day}`);
  const visit = desk.locator(".calendar .visit", { hasText: "Нина" });
  must(await visit.locator("b").innerText() === time, "it stands where it was entered");

  await open(desk, `calendar/new?day=${day}&time=${time}&specialist=anna`);
  await fillIn(desk, "Зоя", "8 918 555-12-41");
  await press(desk, "Записать");
  await desk.getByText("Анна: это время уже занято").first().waitFor();
  await desk.getByText("Ближайшее свободное").waitFor();
  await look(desk, "visit-new-taken");
  await desk.getByLabel("Начало").fill("03:00");
  await desk.getByLabel("День").fill(new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10));
  await press(desk, "Записать");
  await desk.getByRole("button", { name: "Всё равно записать" }).waitFor();
  await look(desk, "visit-new-doubted");

  await open(desk, `calendar?day=${day}`);
  await visit.click();
  await desk.getByText("чата с клиентом нет").waitFor();
  await look(desk, "visit-by-hand");
  await desk.getByRole("link", { name: "Карточка клиента" }).click();
  await desk.locator(".bubble.remark", { hasText: "Запись внесена вручную" }).waitFor();
  await look(desk, "client-by-hand", { whole: false });
}

async function fillIn(desk, name, phone) {
  await desk.getByLabel("Клиент").fill(name);
  await desk.getByLabel("Телефон").fill(phone);
  await desk.getByLabel("Мастер").selectOption({ label: "Анна" });
  await desk.getByLabel("Услуга").selectOption({ label: "Маникюр без покрытия" });
}

async function open(desk, path) {
  await desk.goto(`${url}/console/${path}`);
}

async function press(desk, name) {
  await desk.getByRole("button", { name, exact: true }).click();
  await desk.waitForLoadState();
}
