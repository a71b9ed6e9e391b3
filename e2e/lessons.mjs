// «Разобрать» on a phone: what clients wrote is labelled by one tap each, the reader is taught, before and after are
// compared on messages kept back, the new reading is published and taken back.
import { Client, PHONE, firstOwner } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { open, press } from "./lib/pages.mjs";
import { must, play, say } from "./lib/stage.mjs";

// Nobody's words: the reader does not know what to make of them.
const STRANGE = "бырбыр зюзю";

await play(async ({ guest }) => {
  const owner = await guest(PHONE);
  await firstOwner(owner, process.env.NOCHNIK_LINK);
  await arrives(owner, new Client(await guest()));
  await labels(owner);
  await teaches(owner);
});

/** What the bot does not understand in a chat stands in the queue a moment later, and may be passed over. */
async function arrives(owner, vera) {
  await vera.comes();
  const before = await vera.heard();
  await vera.says(STRANGE);
  await vera.log.locator(".bubble:not(.client)").nth(before).waitFor();
  await open(owner, "more");
  await owner.getByRole("link", { name: "Разобрать" }).click();
  await owner.getByText("Ждут разбора 12 сообщений").waitFor();
  const card = owner.locator(".lesson", { hasText: STRANGE });
  await card.getByText("не понял").waitFor();
  await look(owner, "queue");
  await card.getByRole("button", { name: "Пропустить" }).click();
  await card.waitFor({ state: "detached" });
  await owner.getByText("Ждут разбора 11 сообщений").waitFor();
  say("what was not understood is in the queue by itself");
}

async function labels(owner) {
  must(await owner.getByRole("button", { name: "Обучить заново" }).count() === 0, "nothing to learn from yet");
  const cards = owner.locator(".lesson");
  for (let left = await cards.count(); left > 0; left -= 1) {
    await cards.first().getByRole("button", { name: "Позвоните мне" }).click();
    await cards.nth(left - 1).waitFor({ state: "detached" });
  }
  await owner.getByText("Разбирать нечего").waitFor();
  await owner.getByText(/учим на 9, проверяем на 2/).waitFor();
  await look(owner, "labelled");

  await owner.getByRole("link", { name: /^Размечено 11/ }).click();
  const slip = owner.locator("li", { hasText: "а подлёт до скольки делают?" });
  await slip.getByText("Позвоните мне").waitFor();
  await look(owner, "done");
  await slip.getByRole("button", { name: "Убрать" }).click();
  await slip.waitFor({ state: "detached" });
  await owner.getByRole("link", { name: "К разбору" }).click();
  await owner.getByRole("link", { name: /^Размечено 10/ }).waitFor();
  say("each message took one tap, and a slip was mended");
}

async function teaches(owner) {
  await owner.getByText("понимание из поставки").waitFor();
  await press(owner, "Обучить заново");
  await owner.getByText("Учим и проверяем").waitFor();
  // Seconds by itself; the other plays share its cores.
  await owner.getByText("не хуже прежнего").waitFor({ timeout: 120_000 });
  const row = owner.getByRole("row", { name: /^Размеченные/ });
  const [was, now] = (await row.getByRole("cell").allInnerTexts()).map((cell) => Number(cell.split(" ")[0]));
  must(now > was, "the reader has learned the word", `${was} → ${now}`);
  await look(owner, "taught");
  await press(owner, "Опубликовать");
  await owner.getByText("ваше понимание, версия 1").waitFor();
  await look(owner, "published");
  await press(owner, "Вернуть прежнее");
  await owner.getByText("понимание из поставки").waitFor();
  must(await owner.getByRole("button", { name: "Вернуть прежнее" }).count() === 0, "nothing is left to take back");
  await open(owner, "journal?kind=teaching");
  for (const deed of ["Обучено понимание: версия 1", "Возвращено прежнее понимание: из поставки", "Размечено сообщение клиента"]) {
    await owner.locator(".journal li", { hasText: deed }).first().waitFor();
  }
  say("the reader was taught, published and taken back");
}
