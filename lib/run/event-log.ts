import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { TrainEvent } from "../addon/contract.js";
import { AcinusError } from "../errors.js";
import { openRegular } from "../system/regular-file.js";

/** metrics.jsonl: one event a line, in order, on disk soon after it happened. Numbers that are not finite become null. */
export class EventLog {
  readonly #path: string;
  readonly #file: FileHandle;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
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
      throw failed(path, error);
    }
  }

  append(event: TrainEvent | Record<string, unknown>): void {
    this.#waiting.push(`${JSON.stringify(event)}\n`);
    this.#writing ??= this.#write();
  }

  /** Waits until everything is on disk. @throws AcinusError ACINUS_WRITE_FAILED if a line was lost. */
  async flush(): Promise<void> {
    await this.#writing;
    await this.#file.datasync().catch((error) => {
      this.#failure ??= error;
    });
    if (this.#failure !== undefined) throw failed(this.#path, this.#failure);
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#file.appendFile(this.#waiting.splice(0).join(""));
    } catch (error) {
      this.#failure ??= error;
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

function failed(path: string, cause: unknown): AcinusError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const fix = "Check that the disk has room and the folder may be written to.";
  return new AcinusError("ACINUS_WRITE_FAILED", `Cannot write ${path}: ${reason}.`, { file: path, fix, cause });
}
