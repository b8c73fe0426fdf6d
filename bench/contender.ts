/** One of the two sides: a process of its own, so that memory and threads are counted alike. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type Answer, type Command, parseAnswer, type Ready } from "./protocol.js";

export class Contender implements Disposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #answers: Answer[] = [];
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;
  #said = "";
  #end: string | null = null;

  private constructor(name: string, command: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.name = name;
    const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => {
      const answer = parseAnswer(line);
      if (answer) this.#take(answer);
      else this.#hear(`${line}\n`);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.#hear(text));
    // A process that died cannot be written to; its end is told by "close".
    child.stdin.on("error", () => {});
    child.once("error", (error) => this.#fail(error.message));
    child.once("close", (code, signal) => this.#fail(signal ? `it was ended by ${signal}` : `it ended with code ${code}`));
  }

  /** Resolves when the process has built its network. */
  static async start(name: string, command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const contender = new Contender(name, command, args, environment);
    try {
      return { contender, ready: (await contender.#next("ready")) as Ready };
    } catch (error) {
      contender.close();
      throw error;
    }
  }

  /** Runs `count` training steps; seconds of each. */
  async steps(count: number): Promise<{ seconds: readonly number[]; losses: readonly number[] }> {
    const answer = await this.#ask({ command: "steps", count }, "steps");
    if (answer.seconds.length !== count)
      throw new Error(`${this.name} ran ${answer.seconds.length} steps instead of ${count}.`);
    return answer;
  }

  report() {
    return this.#ask({ command: "report" }, "report");
  }

  close(): void {
    this.#child.stdin?.end(`${JSON.stringify({ command: "quit" } satisfies Command)}\n`);
    setTimeout(() => this.#child.kill("SIGKILL"), 5000).unref();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #ask<Type extends Answer["type"]>(command: Command, type: Type): Promise<Extract<Answer, { type: Type }>> {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
    return this.#next(type);
  }

  async #next<Type extends Answer["type"]>(type: Type): Promise<Extract<Answer, { type: Type }>> {
    const answer =
      this.#answers.shift() ??
      (await new Promise<Answer>((resolve, reject) => {
        if (this.#end !== null) reject(this.#failure());
        else this.#waiting = { resolve, reject };
      }));
    if (answer.type !== type) throw new Error(`${this.name} answered "${answer.type}" where "${type}" was due.`);
    return answer as Extract<Answer, { type: Type }>;
  }

  #take(answer: Answer): void {
    if (this.#waiting) this.#waiting.resolve(answer);
    else this.#answers.push(answer);
    this.#waiting = null;
  }

  #fail(reason: string): void {
    this.#end ??= reason;
    this.#waiting?.reject(this.#failure());
    this.#waiting = null;
  }

  #failure(): Error {
    const last = this.#said.trim().split("\n").slice(-12).join("\n");
    return new Error(`${this.name} stopped answering: ${this.#end}.${last ? `\n${last}` : ""}`);
  }

  #hear(text: string): void {
    this.#said = (this.#said + text).slice(-8000);
  }
}
