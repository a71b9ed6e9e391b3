// Looks at a page as people will: on a phone and on a desk, by day and by night, and with axe.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { must, pictures } from "./stage.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = [{ width: 360, height: 740 }, { width: 1440, height: 900 }];
const THEMES = ["light", "dark"];

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

async function isAccessible(page, name) {
  // The page's own policy forbids foreign scripts, so axe comes through the debugger.
  await page.evaluate(`window.axe ?? (() => { ${axe} })()`);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const serious = found.violations.filter((each) => ["serious", "critical"].includes(each.impact));
  const words = serious.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.target} ${node.failureSummary}`));
  must(words.length === 0, `${name}: axe`, words.join("\n"));
}
