import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Request {
  host: "hub" | "store";
  path: string;
  range: string | undefined;
  authorization: string | undefined;
}

/** Speaks the hub's protocol: a tree, files that redirect to another host for their contents, ranges, etags, gates. */
export class FakeHub {
  /** owner/name → file → contents */
  readonly repositories = new Map<string, Map<string, Uint8Array>>();
  /** Repositories that want this token. */
  readonly gated = new Map<string, string>();
  readonly requests: Request[] = [];
  /** So many connections of the store break off after this many bytes. */
  breaks = { times: 0, after: 0 };
  /** A wrong answer in place of the contents. */
  corrupt = false;
  readonly #servers: Server[] = [];
  #store = "";
  endpoint = "";

  async start(): Promise<this> {
    this.#store = await this.#listen("store", (request, response) => this.#answerStore(request, response));
    this.endpoint = await this.#listen("hub", (request, response) => this.#answerHub(request, response));
    return this;
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** Requests since the last call. */
  taken(): Request[] {
    return this.requests.splice(0);
  }

  #listen(host: Request["host"], answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    const server = createServer((request, response) => {
      const { range, authorization } = request.headers;
      this.requests.push({ host, path: request.url as string, range, authorization });
      answer(request, response);
    });
    this.#servers.push(server);
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    });
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url as string, this.endpoint);
    const tree = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/([^/]+)$/.exec(url.pathname);
    const resolve = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
    const [, repository = "", revision = "", path = ""] = tree ?? resolve ?? [];
    const files = this.repositories.get(repository);
    const refuse = (status: number, code: string) => response.writeHead(status, { "X-Error-Code": code }).end(code);
    if (!files) return void refuse(404, "RepoNotFound");
    const token = this.gated.get(repository);
    if (token && request.headers.authorization !== `Bearer ${token}`) return void refuse(401, "GatedRepo");
    if (!/^(main|v1|[0-9a-f]{40})$/.test(revision)) return void refuse(404, "RevisionNotFound");
    if (tree) {
      const entries = [...files].map(([name, data]) => ({ type: "file", path: name, size: data.length, oid: "0".repeat(40) }));
      return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(entries));
    }
    const data = files.get(path);
    if (!data) return void refuse(404, "EntryNotFound");
    const etag = createHash("sha256").update(data).digest("hex");
    const location = `${this.#store}/${repository}/${path}`;
    response.writeHead(302, { location, "X-Linked-ETag": `"${etag}"`, "X-Linked-Size": data.length }).end();
  }

  #answerStore(request: IncomingMessage, response: ServerResponse): void {
    const [, owner, name, ...path] = (request.url as string).split("/");
    const data = this.repositories.get(`${owner}/${name}`)?.get(path.join("/"));
    if (!data) return void response.writeHead(404).end();
    const etag = createHash("sha256").update(data).digest("hex");
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const [begin, end] = from === undefined ? [0, data.length] : [Number(from), Math.min(Number(to) + 1, data.length)];
    const body = Buffer.from(data.subarray(begin, end));
    if (this.corrupt && body.length > 1) body[0] = (body[0] as number) ^ 1;
    const headers = {
      etag: `"${etag}"`,
      "X-Linked-ETag": `"${etag}"`,
      "content-length": body.length,
      ...(from === undefined ? {} : { "content-range": `bytes ${begin}-${end - 1}/${data.length}` }),
    };
    response.writeHead(from === undefined ? 200 : 206, headers);
    if (body.length <= 1 || this.breaks.times === 0) return void response.end(body);
    this.breaks.times--;
    response.write(body.subarray(0, this.breaks.after), () => setImmediate(() => response.destroy()));
  }
}
