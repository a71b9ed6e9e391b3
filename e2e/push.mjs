// A push service by other hands: `web-push-testing` on a free port of this machine, until the test ends it.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createServer as createProbe } from "node:net";

const require = createRequire(import.meta.url);
const PushServer = require("web-push-testing/src/server.js");
const { PushApiModel } = require("web-push-testing/src/PushApiModel.js");
const HOST = "127.0.0.1";

/** A port that was free a moment ago: the endpoints it gives out hold its number. */
const freePort = () => new Promise((found) => {
  const probe = createProbe().listen(0, HOST, () => {
    const { port } = probe.address();
    probe.close(() => found(port));
  });
});

const port = await freePort();
const model = new PushApiModel();
const server = new PushServer(model, port);
// Its own `listen` takes every address of the machine.
server._app.listen = (number, ready) => createServer(server._app).listen(number, HOST, ready);
model.notifyUrl = `http://${HOST}:${port}/notify/`;
server.startServer();
await new Promise((ready) => server._server.once("listening", ready));
process.stdout.write(`http://${HOST}:${port}\n`);
