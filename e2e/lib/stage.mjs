// What every play in the browser stands on: Chromium, guests, and the test that started the play.
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];
// One core is shared with the server under test; nothing of ours takes longer.
const PATIENCE_MS = 30_000;

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Asks the test that started the play to do something with the world, and waits until it is done. */
export async function ask(wish) {
  process.stdout.write(`ASK ${wish}\n`);
  const { value } = await answers.next();
  if (value !== "DONE") throw new Error(`${wish}: ${value}`);
}

/** Says what was seen; the test prints it. */
export const say = (words) => process.stdout.write(`${words}\n`);

/** Fails with words and what was found. */
export function must(isTrue, words, found = "") {
  if (!isTrue) throw new Error(`${words}${found === "" ? "" : `: ${found}`}`);
}

/** The server's address and its folder for pictures, as the test gave them. */
export const url = process.env.NOCHNIK_URL;
export const pictures = process.env.NOCHNIK_PICTURES;

/** Chromium and everything the guests asked for outside the server, or saw go wrong. */
export async function open() {
  mkdirSync(pictures, { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, args: FLAGS,
  });
  const strangers = [], errors = [], streams = [];
  const began = Date.now();
  // A page that is not kept true is the hardest failure to see through: what its stream did goes with it.
  const follow = (page) => {
    const note = (what) => (request) => {
      if (request.url().includes("live")) streams.push(`${Date.now() - began} ms ${what} ${request.url()}`);
    };
    page.on("request", note("asks"));
    page.on("response", (response) => note(response.status())(response.request()));
    page.on("requestfailed", (request) => note(request.failure()?.errorText)(request));
    page.on("requestfinished", note("ended"));
  };
  const guest = async (options = {}) => {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 }, locale: "ru-RU", timezoneId: "Europe/Moscow",
      reducedMotion: "reduce", ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    follow(page);
    page.on("request", (request) => {
      const asked = request.url();
      if (!asked.startsWith(`${url}/`) && !asked.startsWith("data:") && !asked.startsWith("blob:")) strangers.push(asked);
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      // A server that is down is part of the play, a session that was ended as well; the empty style attribute (its hash) is what axe leaves behind.
      const isExpected = /Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|Failed to fetch|network error|SSE reconnect failed with status 401|47DEQpj8HBSa/.test(message.text());
      // While a page is looked at, the tools themselves put styles and scripts into it.
      if (message.type() === "error" && !isExpected && !page.isLookedAt) errors.push(`${page.url()} ${message.text()} ${message.location().url}:${message.location().lineNumber}`);
    });
    return page;
  };
  return { browser, guest, strangers, errors, streams };
}

/** Runs a play to its end; any failure ends the process with words and a picture of each page. */
export async function play(scenes) {
  const stage = await open();
  try {
    await scenes(stage);
    must(stage.strangers.length === 0, "a page asked another host", stage.strangers.join(" "));
    must(stage.errors.length === 0, "a page had an error", stage.errors.join("\n"));
    say("OVER");
  } catch (failure) {
    const pages = stage.browser.contexts().flatMap((context) => context.pages());
    for (const [n, page] of pages.entries()) {
      await page.screenshot({ path: `${pictures}/failed-${n}.png` }).catch(() => {});
    }
    process.stderr.write([failure.stack, ...stage.errors, ...stage.streams, ""].join("\n"));
    process.exitCode = 1;
  } finally {
    await stage.browser.close();
    process.stdin.destroy();
  }
}
