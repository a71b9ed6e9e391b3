// Looks at a page as people will: on a phone and on a desk, by day and by night, and with axe.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { must, pictures } from "./stage.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = [{ width: 360, height: 740 }, { width: 1440, height: 900 }];
const THEMES = ["light", "dark"];
// Below this width it is a thumb that taps.
const PHONE_MAX = 900;
// As the tokens of the style sheet have it, less what a browser rounds.
const TARGET_MIN = 43.5;

/** Takes four pictures of a page, and checks in each that nothing sticks out and axe finds nothing serious. */
export async function look(page, name, { whole = true } = {}) {
  const before = page.viewportSize();
  page.isLookedAt = true;
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: `${pictures}/${name}-${size.width}-${colorScheme}.png`, fullPage: whole });
      await fits(page, `${name} at ${size.width}`);
      if (size.width < PHONE_MAX && await hasThumb(page)) await isHit(page, `${name} at ${size.width}`);
      await isAccessible(page, `${name} at ${size.width}, ${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
  page.isLookedAt = false;
}

/** Nothing may be wider than the screen. */
async function fits(page, name) {
  const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  must(wide <= screen, `${name}: wider than the screen`, `${wide} px`);
}

/** Whoever holds this page has no mouse. */
const hasThumb = (page) => page.evaluate(() => navigator.maxTouchPoints > 0);

/** A thumb hits whatever is tapped; a link inside of a sentence is as tall as its line. */
async function isHit(page, name) {
  const small = await page.evaluate((least) => {
    const words = (e) => e.textContent.trim();
    const isInSentence = (e) => getComputedStyle(e).display === "inline" && words(e.parentElement) !== words(e);
    const tapped = [...document.querySelectorAll("a, button, summary, select, textarea, input:not([type=hidden])")];
    const boxes = tapped.filter((e) => e.checkVisibility() && !e.matches(".skip") && !isInSentence(e));
    return boxes.map((e) => ({ e, box: (e.closest("label") ?? e).getBoundingClientRect() }))
      .filter(({ box }) => box.height < least)
      .map(({ e, box }) => `${e.tagName.toLowerCase()} «${words(e).slice(0, 40)}»: ${Math.round(box.height)} px`);
  }, TARGET_MIN);
  must(small.length === 0, `${name}: too small to tap`, small.join("\n"));
}

async function isAccessible(page, name) {
  // The page's own policy forbids foreign scripts, so axe comes through the debugger.
  await page.evaluate(`window.axe ?? (() => { ${axe} })()`);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const serious = found.violations.filter((each) => ["serious", "critical"].includes(each.impact));
  const words = serious.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.target} ${node.failureSummary}`));
  must(words.length === 0, `${name}: axe`, words.join("\n"));
}
