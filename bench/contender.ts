/** One of the two sides: a process of its own, so that memory and threads are counted alike. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type Answer, type Command, type Profiled, parseAnswer, type Ran, type Report, type Values } from "./protocol.js";

export interface StartOptions {
  /** Added to this process's environment. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Ends the process at once. */
  readonly signal?: AbortSignal;
}

export class Contender implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  readonly #answers: Answer[] = [];
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;
  #said = "";
  #end: string | null = null;

  private constructor(name: string, command: string, args: readonly string[], { environment, signal }: StartOptions) {
    this.name = name;
    const env = { ...process.env, ...environment };
    const child = spawn(command, args, { env, signal, killSignal: "SIGKILL", stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => {
      const answer = parseAnswer(line);
      if (answer) this.#take(answer);
      else this.#hear(`${line}\n`);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.#hear(text));
    // A process that died cannot be written to; the event "close" reports its end.
    child.stdin.on("error", () => {});
    child.once("error", (error) => this.#fail(error.message));
    this.#closed = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#fail(signal ? `it was ended by ${signal}` : `it ended with code ${code}`);
        resolve();
      });
    });
  }

  /** Resolves when the process has built what its job needs. */
  static async start(name: string, command: string, args: readonly string[], options: StartOptions = {}) {
    const contender = new Contender(name, command, args, options);
    try {
      return { contender, ready: await contender.#next("ready") };
    } catch (error) {
      await contender.close();
      throw error;
    }
  }

  /** The job's results on fixed input. This also warms the process up. */
  async check(): Promise<Values> {
    return (await this.#ask({ command: "check" }, "check")).values;
  }

  /** Does the job `count` times and returns the seconds of each. */
  async run(count: number): Promise<Ran> {
    const answer = await this.#ask({ command: "run", count }, "run");
    if (answer.seconds.length !== count) {
      throw new Error(`${this.name} ran ${answer.seconds.length} times instead of ${count}.`);
    }
    return answer;
  }

  /** Does the job `count` times under the profiler of its own language. */
  async profile(count: number): Promise<Profiled["operators"]> {
    return (await this.#ask({ command: "profile", count }, "profile")).operators;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  report(): Promise<Report> {
    return this.#ask({ command: "report" }, "report");
  }

  /** Ends the process, and resolves when its memory is free for the next one. */
  async close(): Promise<void> {
    if (this.#child.pid === undefined) return;
    this.#child.stdin?.end(`${JSON.stringify({ command: "quit" } satisfies Command)}\n`);
    const patience = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await this.#closed;
    clearTimeout(patience);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
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
