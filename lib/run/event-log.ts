import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { TrainEvent } from "../addon/contract.js";
import { writeFailed } from "../system/atomic-file.js";
import { openRegular } from "../system/regular-file.js";

/** metrics.jsonl: one event a line, in order, on disk soon after it happened. Numbers that are not finite become null. */
export class EventLog {
  readonly #path: string;
  readonly #file: FileHandle;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  /** Why the last write failed; its lines are among those that wait. */
  #failure: unknown;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Appends to `path`. A last line that was cut off by a crash is taken away. */
  static async open(path: string): Promise<EventLog> {
    try {
      const file = await openRegular(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
      await dropPartialLine(file);
      return new EventLog(path, file);
    } catch (error) {
      throw writeFailed(path, error);
    }
  }

  append(event: TrainEvent | Record<string, unknown>): void {
    this.#waiting.push(`${JSON.stringify(event)}\n`);
    this.#writing ??= this.#write();
  }

  /** Waits until everything is on disk; what could not be written is tried once more. @throws AcinusError ACINUS_WRITE_FAILED */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#waiting.length > 0) this.#writing ??= this.#write();
    await this.#writing;
    if (this.#waiting.length > 0) throw writeFailed(this.#path, this.#failure);
    await this.#file.datasync().catch((error) => Promise.reject(writeFailed(this.#path, error)));
  }

  async close(): Promise<void> {
    await this.flush().catch(() => undefined); // whoever needed the lines has flushed them
    await this.#file.close();
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const { length } = this.#waiting;
        const text = Buffer.from(this.#waiting.join(""));
        const { size } = await this.#file.stat();
        try {
          await this.#file.appendFile(text);
        } catch (error) {
          await this.#file.truncate(size); // a part of it may be there
          throw error;
        }
        this.#waiting.splice(0, length);
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#writing = undefined;
    }
  }
}

async function dropPartialLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const chunk = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunk.length);
    const { bytesRead } = await file.read(chunk, 0, end - start, start);
    const newline = chunk.subarray(0, bytesRead).lastIndexOf("\n");
    if (newline >= 0 || start === 0) {
      const whole = start + newline + 1;
      if (whole < size) await file.truncate(whole);
      return;
    }
    end = start;
  }
}
