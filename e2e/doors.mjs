// Two ways in, on a phone: an owner's code beside the password, and somebody who comes by a link.
import { createHmac } from "node:crypto";
import { firstOwner } from "./lib/people.mjs";
import { look } from "./lib/look.mjs";
import { must, play, say, url } from "./lib/stage.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };
const PASSWORD = "тёплая лампа на столе";
const GUEST_PASSWORD = "синий чайник у окна";
const STEP_S = 30;
// How far the server lets a phone's clock go, in steps.
const AHEAD = 1;

await play(async ({ guest }) => {
  const owner = await guest(PHONE);
  await firstOwner(owner, process.env.NOCHNIK_LINK);
  await owner.goto(`${url}/console/logins`);
  await owner.getByRole("link", { name: /Второй фактор/ }).click();
  await look(owner, "offer");
  await owner.getByRole("button", { name: "Включить" }).click();
  const secret = (await owner.locator(".secret").innerText()).replaceAll(" ", "");
  must(await owner.locator("svg.qr path").getAttribute("d") !== "", "the picture is drawn");
  const address = await owner.getByRole("link", { name: /Открыть в приложении/ }).getAttribute("href");
  must(address.startsWith("otpauth://totp/") && address.includes(`secret=${secret}`), "the link holds the same secret", address);
  await look(owner, "set-up");
  await owner.getByLabel("Шесть цифр").fill("000000");
  await owner.getByRole("button", { name: "Подтвердить" }).click();
  await owner.getByText("Код не подходит").waitFor();
  await owner.getByLabel("Шесть цифр").fill(code(secret, 0));
  await owner.getByRole("button", { name: "Подтвердить" }).click();
  const codes = await owner.locator(".codes code").allInnerTexts();
  must(codes.length === 10, "ten recovery codes", String(codes.length));
  await look(owner, "recovery");
  await owner.getByRole("link", { name: "Я сохранил коды" }).click();
  say("an authenticator by other hands switches the second factor on");

  await leave(owner);
  await password(owner, "roza", PASSWORD);
  await owner.getByRole("heading", { name: "Код из приложения" }).waitFor();
  await look(owner, "code");
  await owner.getByLabel("Шесть цифр").fill(code(secret, AHEAD));
  await owner.getByRole("button", { name: "Войти" }).click();
  await owner.waitForURL(`${url}/console`);
  await leave(owner);
  await password(owner, "roza", PASSWORD);
  await owner.getByLabel("Шесть цифр").fill(codes[0]);
  await owner.getByRole("button", { name: "Войти" }).click();
  await owner.waitForURL(`${url}/console`);
  say("a code and a recovery code let in");

  await owner.goto(`${url}/console/settings`);
  await owner.getByRole("link", { name: "Доступ" }).click();
  await owner.getByLabel(/^Менеджер/).check();
  await owner.getByRole("button", { name: "Получить ссылку" }).click();
  const link = await owner.getByLabel("Ссылка", { exact: true }).inputValue();
  await look(owner, "access");

  const marina = await guest(PHONE);
  const asked = [];
  marina.on("request", (request) => asked.push(request.headers().referer ?? ""));
  await marina.goto(link);
  await look(marina, "invitation");
  await marina.getByLabel("Логин").fill("marina");
  await marina.getByLabel("Пароль").fill(GUEST_PASSWORD);
  await marina.getByRole("button", { name: "Войти" }).click();
  await marina.waitForURL(`${url}/console`);
  must(asked.every((referer) => !referer.includes("/invite/")), "the link is told to nobody", asked.join(" "));
  const late = await guest(PHONE);
  await late.goto(link);
  await late.getByRole("heading", { name: "Приглашение не действует" }).waitFor();
  await look(late, "used-up");
  say("who is invited is in, and the link is used up");

  await owner.goto(`${url}/console/access`);
  await owner.getByLabel(/^Интегратор/).check();
  await owner.getByRole("button", { name: "Получить ссылку" }).click();
  const agent = await guest(PHONE);
  await agent.goto(await owner.getByLabel("Ссылка", { exact: true }).inputValue());
  await password(agent, "agent", GUEST_PASSWORD);
  await agent.waitForURL(`${url}/console/more`);
  must(await agent.getByRole("link", { name: /Диалоги|Записи|Лиды|Сейчас/ }).count() === 0, "a technician is shown the clients' pages");
  await look(agent, "technician");
  await agent.getByRole("link", { name: "CRM", exact: true }).click();
  await agent.getByRole("heading", { name: "CRM" }).first().waitFor();
  await agent.goto(`${url}/console/leads`);
  await agent.getByText("Вашей роли это действие недоступно").waitFor();
  say("a technician sets up and sees no client");

  await owner.goto(`${url}/console/access`);
  await owner.getByLabel(/Требовать от всех/).check();
  await owner.getByRole("button", { name: "Сохранить" }).click();
  await owner.getByText("только пароль").first().waitFor();
  await marina.goto(`${url}/console`);
  await password(marina, "marina", GUEST_PASSWORD);
  await marina.getByText("требует второй фактор").waitFor();
  await marina.goto(`${url}/console/chats`);
  await marina.waitForURL(`${url}/console/second-factor`);
  await look(marina, "demanded");
  say("where it is demanded nothing opens before it");
});

async function leave(page) {
  await page.goto(`${url}/console/more`);
  await page.getByRole("button", { name: "Выйти" }).click();
  await page.waitForURL(`${url}/login`);
}

async function password(page, login, words) {
  await page.getByLabel("Логин").fill(login);
  await page.getByLabel("Пароль").fill(words);
  await page.getByRole("button", { name: "Войти" }).click();
}

/** RFC 6238 as its authors write it: SHA-1, six digits, half a minute. */
function code(secret, later) {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / STEP_S) + later));
  const hash = createHmac("sha1", key).update(counter).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
