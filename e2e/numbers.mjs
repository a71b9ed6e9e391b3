// Two months of a salon in «Аналитика»: every picture and table is looked at, chips and dates work by the keyboard
// alone, the files come.
import { readFileSync } from "node:fs";
import { firstOwner } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { must, play, say, url } from "./lib/stage.mjs";

await play(async ({ guest }) => {
  const desk = await guest();
  await firstOwner(desk, process.env.NOCHNIK_LINK);
  await desk.goto(`${url}/console`);
  await desk.getByRole("link", { name: "Аналитика" }).click();
  await desk.getByRole("heading", { name: "Аналитика" }).waitFor();
  await look(desk, "numbers-week");

  const week = await bars(desk);
  must(week > 0, "the chart of leads has bars");
  const month = desk.getByRole("link", { name: "30 дней" });
  await month.focus();
  await desk.keyboard.press("Enter");
  await desk.waitForURL(/period=month/);
  must(await month.getAttribute("aria-current") === "true", "the chip says that it is chosen");
  must(await bars(desk) > week, "the chart follows the period", `${week} and ${await bars(desk)}`);
  await look(desk, "numbers-month");
  await desk.evaluate(() => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
  await look(desk, "numbers-open");
  say("a month is shown, with every formula and table");

  const all = await leads(desk);
  await desk.getByRole("link", { name: "Ночью" }).click();
  await desk.waitForURL(/part=night/);
  const night = await leads(desk);
  must(night > 0 && night < all, "the night is a part of the whole", `${night} of ${all}`);
  await desk.getByRole("link", { name: "Квартал" }).click();
  await desk.waitForURL(/period=quarter&part=night/);
  await look(desk, "numbers-quarter-night");

  await desk.goto(`${url}/console/numbers`);
  await desk.getByText("Свои даты").focus();
  await desk.keyboard.press("Enter");
  await desk.getByLabel("С", { exact: true }).fill("2020-01-01");
  await desk.getByLabel("По", { exact: true }).fill("2020-01-31");
  await desk.getByRole("button", { name: "Показать" }).click();
  await desk.getByText("За этот период чисел нет").waitFor();
  await look(desk, "numbers-none");
  say("an empty period says so");

  await desk.goto(`${url}/console/numbers?period=month`);
  for (const [name, begins] of [["Скачать CSV", "\u{feff}"], ["Скачать XLSX", "PK"]]) {
    const coming = desk.waitForEvent("download");
    await desk.getByRole("link", { name }).click();
    const text = readFileSync(await (await coming).path(), "utf8");
    must(text.startsWith(begins), `${name} gives a file`, text.slice(0, 20));
  }
  await desk.setViewportSize({ width: 360, height: 740 });
  await desk.goto(`${url}/console/more`);
  await desk.getByRole("link", { name: "Аналитика" }).click();
  await desk.waitForURL(/console\/numbers/);
  say("the files come, and a phone finds the page behind «Ещё»");
});

/** Bars of the chart of leads that can be seen. */
async function bars(desk) {
  const all = desk.getByRole("img", { name: /^Лиды: / }).locator("rect");
  return all.evaluateAll((bars) => bars.filter((bar) => bar.getBoundingClientRect().height > 0).length);
}

/** The figure of the card «Лиды». */
async function leads(desk) {
  const card = desk.locator("article", { has: desk.getByRole("heading", { name: "Лиды", exact: true }) });
  return Number((await card.locator(".value").innerText()).replace(/\D/g, ""));
}
