// A bad night: a client wants a person at once and the home page burns; the CRM refuses a card, and
// the dead letter is sent once more by hand when the CRM is well again.
import { Client, firstOwner, withoutReload } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { ask, must, play, say, url } from "./lib/stage.mjs";

await play(async ({ guest }) => {
  const desk = await guest();
  // On a slow line the second script comes long after the first: the page must still be kept true.
  await desk.route("**/hx-sse.min.js", async (route) => {
    await desk.waitForFunction(() => typeof htmx === "object");
    await desk.evaluate(() => new Promise((done) => setTimeout(done)));
    await route.continue();
  });
  await firstOwner(desk, process.env.NOCHNIK_LINK);
  const olya = new Client(await guest());
  await withoutReload(desk, async () => {
    await olya.comes();
    await olya.books("Оля", "8 918 555-12-31", { confirms: false });
    await desk.locator(".burning").getByRole("heading", { name: "Оля" }).waitFor();
  });
  await look(desk, "now");
  say("the home page burns by itself");

  await desk.goto(`${url}/console/people`);
  await look(desk, "people");
  await ask("Marina takes it");
  await desk.goto(`${url}/console`);
  await desk.getByText("в работе: Марина").waitFor();
  await look(desk, "now-taken");

  await desk.goto(`${url}/console/delivery`);
  const dead = desk.getByText("не дошло").first();
  await dead.waitFor();
  must(await desk.getByText("Битрикс24").first().isVisible(), "the page says who refused");
  await look(desk, "delivery");
  await desk.goto(`${url}/console`);
  await desk.getByText("Не доставлено").waitFor();
  await desk.goto(`${url}/console/state`);
  await look(desk, "state");

  await ask("the CRM is well again");
  await desk.goto(`${url}/console/delivery`);
  while (await desk.getByRole("button", { name: "Отправить снова" }).count()) {
    await desk.getByRole("button", { name: "Отправить снова" }).first().click();
    await desk.waitForLoadState();
  }
  await desk.getByText("Всё, что отправлял Ночник, дошло").waitFor();
  await ask("the lead stands in the CRM");
  say("the dead letter arrived at the second try");
});
