/** What an editor shows: TypeScript's own language server (`tsc --lsp`), asked over its standard streams. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly params?: { readonly items?: readonly unknown[] };
}

/** A file that stands only in the editor, beside the test's own. */
export class EditedFile implements AsyncDisposable {
  readonly #server: ChildProcessByStdio<Writable, Readable, null>;
  readonly #uri: string;
  readonly #waiting = new Map<number, (message: Message) => void>();
  #received = Buffer.alloc(0);
  #calls = 0;
  #version = 1;

  private constructor(uri: string) {
    const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
    this.#server = spawn(process.execPath, [compiler, "--lsp", "--stdio"], { stdio: ["pipe", "pipe", "ignore"] });
    this.#uri = uri;
    this.#server.stdout.on("data", (bytes: Buffer) => this.#receive(bytes));
  }

  static async open(path: string, text: string): Promise<EditedFile> {
    const file = new EditedFile(pathToFileURL(path).href);
    const markdown = { hover: { contentFormat: ["markdown"] } };
    await file.#ask("initialize", {
      ...{ processId: process.pid, rootUri: pathToFileURL(dirname(path)).href },
      capabilities: { textDocument: markdown },
    });
    file.#send({ method: "initialized", params: {} });
    const textDocument = { uri: file.#uri, languageId: "typescript", version: 1, text };
    file.#send({ method: "textDocument/didOpen", params: { textDocument } });
    return file;
  }

  /** Replaces the whole text. */
  edit(text: string): void {
    const textDocument = { uri: this.#uri, version: ++this.#version };
    this.#send({ method: "textDocument/didChange", params: { textDocument, contentChanges: [{ text }] } });
  }

  /** The text that an editor shows for the name that starts here, lines and characters from 0; empty where it shows none. */
  async hover(line: number, character: number): Promise<string> {
    const position = { textDocument: { uri: this.#uri }, position: { line, character } };
    const answer = (await this.#ask("textDocument/hover", position)) as { contents: { value: string } } | null;
    return answer?.contents.value ?? "";
  }

  /** The names that an editor offers here. */
  async completions(line: number, character: number): Promise<string[]> {
    const position = { textDocument: { uri: this.#uri }, position: { line, character } };
    const answer = (await this.#ask("textDocument/completion", position)) as { items: { label: string }[] } | null;
    return (answer?.items ?? []).map(({ label }) => label.replace(/\?$/, ""));
  }

  /** The files where the name that starts here is declared. */
  async declarations(line: number, character: number): Promise<string[]> {
    const position = { textDocument: { uri: this.#uri }, position: { line, character } };
    const answer = (await this.#ask("textDocument/definition", position)) as { uri: string } | { uri: string }[] | null;
    return [answer ?? []].flat().map(({ uri }) => fileURLToPath(uri));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ask("shutdown");
    const ended = new Promise((resolve) => this.#server.once("close", resolve));
    this.#send({ method: "exit" });
    await ended;
  }

  #ask(method: string, params?: unknown): Promise<unknown> {
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result),
      );
      this.#send({ id, method, params });
    });
  }

  #send(message: object): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const end = this.#received.indexOf("\r\n\r\n");
      const length = Number(/Content-Length: (\d+)/i.exec(this.#received.toString("latin1", 0, Math.max(end, 0)))?.[1]);
      if (end < 0 || this.#received.length < end + 4 + length) return;
      const message = JSON.parse(this.#received.toString("utf8", end + 4, end + 4 + length)) as Message;
      this.#received = this.#received.subarray(end + 4 + length);
      if (message.method === undefined) this.#waiting.get(message.id as number)?.(message);
      // What the server asks of an editor, its settings for one: there are none.
      else if (message.id !== undefined) this.#send({ id: message.id, result: message.params?.items?.map(() => null) ?? null });
    }
  }
}
