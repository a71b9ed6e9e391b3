// Measures nlp.js on the messages that Nochnik is measured on and prints the figures as JSON.
//
// It learns the wishes of crates/nlu/data/messages.txt and then tells the wish of each message:
// no time, no name, no phone. One process, one thread.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { dockStart } = require("@nlpjs/basic");

const ROUNDS = 5;
const READINGS = 20;
const LONG_BYTES = 10_000;
/** A long text that takes longer is read once only, in microseconds. */
const PATIENCE_US = 2_000_000;
const nlu = new URL("../../crates/nlu/", import.meta.url);
const lines = (path) => readFileSync(new URL(path, nlu), "utf8").split("\n").filter((line) => line !== "");

/** A file of sections: `@intent[+also] [?context] family`, then messages. */
function learn(nlp) {
  let intent = "";
  for (const line of lines("data/messages.txt")) {
    if (line.startsWith("@")) intent = line.slice(1).split(/[+ ]/)[0];
    else if (!line.startsWith("#")) nlp.addDocument("ru", line, intent);
  }
}

/** nlp.js remembers the words of every text: blanks at the end make each reading the first of its text. */
let readings = 0;

async function timed(nlp, plain) {
  readings += 1;
  const text = plain + " ".repeat(readings % 97) + "\n".repeat(Math.floor(readings / 97) % 97);
  const began = process.hrtime.bigint();
  await nlp.process("ru", text);
  return Number(process.hrtime.bigint() - began) / 1_000;
}

/** The value at this share, by nearest rank. */
function at(sorted, share) {
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)];
}

async function messages(nlp) {
  const texts = ["dev", "unseen"].flatMap((set) => lines(`tests/data/${set}.jsonl`)).map((line) => JSON.parse(line).text);
  const spent = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const text of texts) {
      const took = await timed(nlp, text);
      if (round > 0) spent.push(took);
    }
  }
  spent.sort((left, right) => left - right);
  return { count: texts.length, median_us: at(spent, 0.5), p99_us: at(spent, 0.99), max_us: at(spent, 1) };
}

async function nonsense(nlp) {
  const kinds = JSON.parse(readFileSync(new URL("tests/data/nonsense.json", nlu), "utf8"));
  const figures = {};
  for (const { name, piece } of kinds) {
    const text = piece.repeat(Math.floor(LONG_BYTES / Buffer.byteLength(piece)));
    const spent = [await timed(nlp, text)];
    while (spent.length < READINGS && spent[0] < PATIENCE_US) spent.push(await timed(nlp, text));
    spent.sort((left, right) => left - right);
    figures[name] = at(spent, 0.5);
  }
  return figures;
}

const settings = { nlp: { languages: ["ru"], autoSave: false, log: false } };
const dock = await dockStart({ settings, use: ["Basic", "LangRu"] });
const nlp = dock.get("nlp");
learn(nlp);
const write = process.stdout.write.bind(process.stdout);
// Training reports its epochs; the figures alone are the output.
process.stdout.write = () => true;
await nlp.train();
process.stdout.write = write;
const figures = { name: "nlp.js 4.27, the wish alone", messages: await messages(nlp), nonsense_us: await nonsense(nlp) };
console.log(JSON.stringify(figures));
