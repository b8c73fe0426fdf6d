/**
 * A small server: POST an image, get its cells as GeoJSON, or as labels with `Accept: image/tiff`. One image is segmented at a time; a few
 * wait; more are refused with 503, so that neither memory nor waiting grows without a limit.
 *
 *   node server.ts CHECKPOINT [PORT]
 *   curl --data-binary @image.png http://127.0.0.1:8080/
 */
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AcinusError, Model, Predictor } from "acinus";

const [checkpoint = "runs/a/checkpoint-best.safetensors", port = "8080"] = process.argv.slice(2);
const MOST_BYTES = 64 << 20;
const MOST_WAITING = 4;

const model = await Model.load(checkpoint);
const predictor = new Predictor(model, { tile: 512 });
let turn: Promise<unknown> = Promise.resolve();
let waiting = 0;

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    const refused = error instanceof Refused ? error : new Refused(500, "This failed.");
    if (refused.status === 500) console.error(error); // for whoever runs the server
    if (!response.headersSent) response.writeHead(refused.status, { "Content-Type": "text/plain", Connection: "close" });
    response.end(`${refused.message}\n`);
  });
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "POST") throw new Refused(405, "POST an image.");
  if (waiting >= MOST_WAITING) throw new Refused(503, "Too many images are waiting. Try again soon.");
  waiting++;
  const file = join(tmpdir(), `acinus-${randomUUID()}`); // of a name that nobody sends
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    await pipeline(request, atMost(MOST_BYTES), createWriteStream(file, { flags: "wx", mode: 0o600 }));
    const work = turn.then(() => predictor.predict(file, { signal: gone.signal }));
    turn = work.catch(() => undefined);
    const prediction = await work;
    const labels = request.headers.accept === "image/tiff";
    const [bytes] = await prediction.encode(labels ? "labels" : "geojson");
    response.writeHead(200, { "Content-Type": labels ? "image/tiff" : "application/geo+json" }).end(bytes);
  } catch (error) {
    // An AcinusError says what is wrong with the image.
    if (error instanceof AcinusError) throw new Refused(422, error.message.replaceAll(file, "The image"));
    throw error;
  } finally {
    waiting--;
    await rm(file, { force: true });
  }
}

function atMost(limit: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > limit) done(new Refused(413, `An image may have ${limit >> 20} MB.`));
      else done(null, chunk);
    },
  });
}

server.listen(Number(port), "127.0.0.1", () => {
  const address = server.address();
  console.log(`Listening on http://127.0.0.1:${typeof address === "object" ? address?.port : port}/`);
});
process.on("SIGTERM", () => {
  server.close(() => model.close()); // running answers are finished
});
