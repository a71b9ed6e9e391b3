// The console as a hand moves through it.
import { must, url } from "./stage.mjs";

/** Opens a page of the console. */
export async function open(page, path) {
  await page.goto(`${url}/console/${path}`);
}

/** Presses a button that leads to a page. */
export async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
  await page.waitForLoadState();
}

/** What is wrong stands right under its own input, which says so to a screen reader, too. */
export async function toldBeside(page, label, words) {
  const field = page.locator(".field", { has: page.getByLabel(label, { exact: true }) });
  await field.locator(".problem").filter({ hasText: words }).waitFor();
  must(await field.getByLabel(label, { exact: true }).getAttribute("aria-invalid") === "true", `${label}: marked as wrong`);
}

/** Shows what of a form is folded away. */
export async function unfold(page) {
  const fold = page.locator("details:not([open]) > summary", { hasText: "Ещё настройки" });
  if (await fold.count()) await fold.click();
}

/** Presses what gives a file; returns its text. */
export async function downloaded(page, link) {
  const coming = page.waitForEvent("download");
  await link.click();
  const { readFile } = await import("node:fs/promises");
  return readFile(await (await coming).path(), "utf8");
}
