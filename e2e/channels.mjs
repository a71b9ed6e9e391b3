// A channel from a token to the first message, as an owner does it on a phone: what is wrong is said beside its field,
// the right token names the bot, and the page turns green by itself when somebody writes.
import { firstOwner, withoutReload } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { ask, must, play, say, url } from "./lib/stage.mjs";

const TOKEN = process.env.NOCHNIK_TOKEN;

await play(async ({ guest }) => {
  const desk = await guest({ viewport: { width: 390, height: 844 } });
  await firstOwner(desk, process.env.NOCHNIK_LINK);
  await desk.goto(`${url}/console/more`);
  await desk.getByRole("link", { name: "Каналы" }).click();
  await look(desk, "list");

  await desk.getByRole("link", { name: "WhatsApp" }).click();
  await desk.getByText("адреса с HTTPS у этой установки нет").waitFor();
  await look(desk, "whatsapp-no-address");
  await desk.getByRole("link", { name: "К каналам" }).click();

  await desk.getByRole("link", { name: "Телеграм" }).click();
  await look(desk, "form");
  await fill(desk, TOKEN);
  await desk.getByText("Прочтите и поставьте галочку").waitFor();
  await desk.getByLabel("Прочитано").check();
  await fill(desk, "7123456789:AAsomebodyElse");
  await desk.getByText("Телеграм не принимает токен").waitFor();
  must(await desk.getByLabel("Токен бота").inputValue() === "", "a token comes back in no form");
  await look(desk, "form-wrong-token");
  say("a wrong token is told beside its field");

  await fill(desk, TOKEN);
  await desk.getByText("@lotos_rostov_bot").waitFor();
  await look(desk, "waits-for-message");
  await withoutReload(desk, async () => {
    await ask("somebody writes to the bot");
    await desk.getByText("Сообщение дошло").waitFor();
  });
  await look(desk, "message-has-come");
  say("the token names the bot, and the first message is seen by itself");

  await desk.getByRole("link", { name: "Заменить ключ или настройки" }).click();
  await look(desk, "edit");
  await desk.goto(`${url}/console/channels`);
  await desk.getByText("на связи").nth(2).waitFor();
  await look(desk, "list-with-bot");
  await desk.getByRole("link", { name: "Телеграм" }).first().click();
  await desk.getByRole("link", { name: "Выключить канал" }).click();
  await look(desk, "off");
  await desk.getByRole("button", { name: "Выключить" }).click();
  await desk.waitForURL(`${url}/console/channels`);
  must(await desk.getByText("на связи").count() === 2, "the bot is gone from the list");
});

/** Writes the token and sends the form; the address of the double stands among the other settings. */
async function fill(desk, token) {
  const address = desk.getByLabel("Адрес Bot API");
  if (!await address.isVisible()) await desk.getByText("Ещё настройки").click();
  await desk.getByLabel("Токен бота").fill(token);
  await address.fill(process.env.NOCHNIK_BOT);
  await desk.getByRole("button", { name: "Проверить и включить" }).click();
}
