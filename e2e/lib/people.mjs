// What people do: a client in the site chat, and somebody of the staff in the console.
import { must, url } from "./stage.mjs";

const PASSWORD = "тёплая лампа на столе";
const GUEST_PASSWORD = "синий чайник у окна";

/** The screen of a phone that is held in a hand. */
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

/** The first owner comes by the link from the terminal. */
export async function firstOwner(page, link) {
  await page.goto(link);
  await page.getByLabel("Логин").fill("roza");
  await page.getByLabel("Пароль").fill(PASSWORD);
  await page.getByRole("button", { name: "Создать вход" }).click();
  await page.waitForURL(`${url}/console`);
}

/** Somebody with a login comes back. */
export async function enter(page) {
  await page.goto(`${url}/login`);
  await page.getByLabel("Логин").fill("roza");
  await page.getByLabel("Пароль").fill(PASSWORD);
  await page.getByRole("button", { name: "Войти" }).click();
  await page.waitForURL(`${url}/console`);
}

/** Somebody of the staff comes by a link of the owner's; `person` is who of those on duty it is. */
export async function invited(owner, page, login, { role = /^Менеджер/, person = "Не из них" } = {}) {
  await owner.goto(`${url}/console/access`);
  await owner.getByLabel(role).check();
  const people = owner.getByLabel("Кто это из дежурных");
  if (await people.count()) await people.selectOption({ label: person });
  await owner.getByRole("button", { name: "Получить ссылку" }).click();
  await page.goto(await owner.getByLabel("Ссылка", { exact: true }).inputValue());
  await page.getByLabel("Логин").fill(login);
  await page.getByLabel("Пароль").fill(GUEST_PASSWORD);
  await page.getByRole("button", { name: "Войти" }).click();
  await page.waitForURL(/console/);
}

/** A client on the business's page, with the chat open. */
export class Client {
  constructor(page) {
    this.page = page;
    this.box = page.getByRole("textbox", { name: "Сообщение" });
    this.log = page.getByRole("log", { name: "Сообщения" });
  }

  async comes() {
    await this.page.goto(`${url}/`);
    await this.page.getByRole("button", { name: "Открыть чат" }).click();
    await this.hears(/бот/);
  }

  async says(text) {
    await this.box.fill(text);
    await this.box.press("Enter");
  }

  async presses(name) {
    await this.log.getByRole("button", { name }).first().click();
  }

  /** Waits for a bubble of the other side that was not there before. */
  async hears(words) {
    const bubbles = this.log.locator(".bubble:not(.client)");
    await bubbles.filter({ hasText: words }).last().waitFor();
    return bubbles.filter({ hasText: words }).last().innerText();
  }

  async heard() {
    return this.log.locator(".bubble:not(.client)").count();
  }

  /** A visit step by step, up to the summary or to its end. */
  async books(name, phone, { confirms = true, told = /Записал/ } = {}) {
    await this.says("Хочу на маникюр с гель-лаком завтра");
    await this.hears(/Какое|время|окн/);
    await this.presses(/\d\d:\d\d/);
    await this.hears(/зовут/);
    await this.says(name);
    await this.hears(/номер/);
    await this.says(phone);
    await this.hears(/Всё верно/);
    if (!confirms) return;
    await this.presses(/^Да/);
    const done = await this.hears(told);
    must(/маникюр/i.test(done), "the booking names the service", done);
  }
}

/** Runs `act` and proves that the page was not loaded anew meanwhile. */
export async function withoutReload(page, act) {
  await page.evaluate(() => { window.isSame = true; });
  await act();
  must(await page.evaluate(() => window.isSame === true), "the page was loaded anew");
}
