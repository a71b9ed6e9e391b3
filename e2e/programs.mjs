// Programs of the business, on a phone: a key that is seen once, opens what it may and nothing after it is revoked; an
// address that hears of what happens.
import { PHONE, firstOwner } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { open, press, toldBeside } from "./lib/pages.mjs";
import { must, play, say, url } from "./lib/stage.mjs";

await play(async ({ guest }) => {
  const owner = await guest(PHONE);
  await firstOwner(owner, process.env.NOCHNIK_LINK);
  await makesAKey(owner);
  await addsAnAddress(owner);
});

async function makesAKey(owner) {
  await open(owner, "more");
  await owner.getByRole("link", { name: "Ключи доступа" }).click();
  await press(owner, "Сделать ключ");
  await toldBeside(owner, "Для какой программы", "Назовите программу");
  await owner.getByLabel("Для какой программы").fill("Отчёты агентства");
  await press(owner, "Сделать ключ");
  await owner.getByText("Отметьте, что ключу можно").waitFor();
  await look(owner, "key-wrong");
  await owner.getByLabel("Читать лиды").check();
  await press(owner, "Сделать ключ");
  const key = await owner.getByLabel(/^Ключ показан один раз/).inputValue();
  must(key.startsWith("nk_"), "the key is shown", key.slice(0, 3));
  await look(owner, "key-made");

  must(await asked(key, "leads") === 200, "the key opens what it may");
  must(await asked(key, "bookings") === 403, "the key opens nothing else");
  await open(owner, "keys");
  must(!(await owner.content()).includes(key), "the key is shown once");
  await owner.getByText(/пользовались: \d\d:\d\d/).waitFor();
  await look(owner, "keys");
  await owner.getByRole("link", { name: "Что можно вызвать" }).click();
  await owner.getByText("/api/v1/leads/{id}").first().waitFor();
  await look(owner, "calls");
  await owner.getByRole("link", { name: "К ключам" }).click();
  await owner.getByRole("link", { name: "Отозвать: Отчёты агентства" }).click();
  await look(owner, "key-revoking");
  await press(owner, "Отозвать");
  await owner.getByRole("link", { name: "Отозвать: Отчёты агентства" }).waitFor({ state: "detached" });
  must(await asked(key, "leads") === 401, "a revoked key opens nothing");
  say("a key was made, seen once, used and revoked");
}

async function asked(key, what) {
  return (await fetch(`${url}/api/v1/${what}`, { headers: { authorization: `Bearer ${key}` } })).status;
}

async function addsAnAddress(owner) {
  await open(owner, "more");
  await owner.getByRole("link", { name: "Вебхуки" }).click();
  await owner.getByLabel("Адрес").fill("http://10.0.0.7/nochnik");
  await owner.getByLabel("Появился лид").check();
  await press(owner, "Добавить");
  await toldBeside(owner, "Адрес", "Нужен адрес, открытый из интернета");
  must(await owner.getByLabel("Появился лид").isChecked(), "what is ticked stays ticked");
  await look(owner, "webhook-wrong");
  await owner.getByLabel("Адрес").fill("https://program.invalid/nochnik");
  await owner.getByLabel("Клиент записался").check();
  await press(owner, "Добавить");
  const key = await owner.getByLabel(/^Ключ подписи показан один раз/).inputValue();
  must(key.startsWith("whsec_"), "the key of the signature is shown", key.slice(0, 6));
  await look(owner, "webhook-made");
  await owner.getByRole("link", { name: "К вебхукам" }).last().click();
  await owner.getByRole("heading", { name: "https://program.invalid/nochnik" }).waitFor();
  must(!(await owner.content()).includes(key), "the key is shown once");
  await look(owner, "webhooks");
  await owner.getByRole("link", { name: "Доставки: https://program.invalid/nochnik" }).click();
  await owner.getByText("Событий ещё не было").waitFor();
  await look(owner, "webhook");
  // Nobody has such an address: what is sent waits, and the page says that nobody answers.
  await press(owner, "Отправить пробное событие");
  const trial = owner.locator("li", { has: owner.getByRole("heading", { name: "Пробное событие" }) });
  await trial.getByText("ждёт").waitFor();
  for (let turn = 0; turn < 100 && await trial.getByText("не отвечает").count() === 0; turn += 1) await owner.reload();
  await trial.getByText("не отвечает").waitFor();
  await look(owner, "webhook-tried");
  await owner.getByRole("link", { name: "Больше не отправлять" }).click();
  await look(owner, "webhook-off");
  await press(owner, "Больше не отправлять");
  await owner.getByRole("heading", { name: "Вебхуки" }).waitFor();
  must(await owner.getByText("program.invalid").count() === 0, "the address is gone");
  say("an address was refused, added, tried out and taken off");
}
