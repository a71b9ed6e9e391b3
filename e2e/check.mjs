// «Проверка» on a phone: the acceptance nights are played beside the work; what does not hold stands first, with what came
// instead, and the protocol is there to sign.
import { PHONE, firstOwner } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { downloaded, open, press } from "./lib/pages.mjs";
import { must, play, say } from "./lib/stage.mjs";

await play(async ({ guest }) => {
  const owner = await guest(PHONE);
  await firstOwner(owner, process.env.NOCHNIK_LINK);
  // Nobody does it any more: the night that asks for it cannot hold.
  for (const service of ["manicure", "manicure_gel"]) {
    await open(owner, `settings/services/${service}`);
    await owner.getByRole("link", { name: "Убрать услугу из прайса" }).click();
    await press(owner, "Убрать");
  }
  await open(owner, "more");
  await owner.getByRole("link", { name: "Проверка" }).click();
  await look(owner, "before");
  await press(owner, "Проверить ваши настройки");
  await owner.getByText("Играем сценарии").waitFor();
  await owner.getByRole("heading", { name: /^Прошл/ }).waitFor({ timeout: 60_000 });
  const verdicts = await owner.locator("#run summary .mark").allInnerTexts();
  const failed = verdicts.filter((verdict) => verdict === "не прошёл").length;
  must(verdicts.length === 20 && failed > 0 && failed < 20, "some hold and some do not", verdicts.join());
  must(verdicts.slice(0, failed).every((verdict) => verdict === "не прошёл"), "what does not hold stands first", verdicts.join());
  await look(owner, "verdicts");
  const first = owner.locator("#run details").first();
  await first.locator("summary").click();
  await first.getByText("Ожидаем").first().waitFor();
  await first.getByText(/Вышло: /).first().waitFor();
  await look(owner, "verdict");
  say("the verdicts are there, with what came instead");

  const protocol = await downloaded(owner, owner.getByRole("link", { name: "Протокол для подписи" }));
  const paper = await guest();
  await paper.setContent(protocol);
  await paper.getByRole("heading", { name: /Протокол приёмки/ }).waitFor();
  await paper.getByText("Подписи").waitFor();
  await look(paper, "protocol");
  say("the protocol opens");
});
