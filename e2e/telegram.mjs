// Telegram by other hands: the emulator `telegram-test-api` on a free port, until the test ends it.
import { createServer } from "node:net";
import { createRequire } from "node:module";

const TelegramServer = createRequire(import.meta.url)("telegram-test-api");
const HOST = "127.0.0.1";

/** A port that was free a moment ago: the emulator cannot be asked to choose one. */
const freePort = () => new Promise((found) => {
  const probe = createServer().listen(0, HOST, () => {
    const { port } = probe.address();
    probe.close(() => found(port));
  });
});

const port = await freePort();
// Seconds; longer than any test.
await new TelegramServer({ port, host: HOST, storeTimeout: 600 }).start();
process.stdout.write(`http://${HOST}:${port}\n`);
