import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/**
 * Whether `nohup` started this process. It tells the system to ignore SIGHUP, but Node takes that back at its start, and nothing else says so.
 * Two traces are left: the shell notes the program that it started in `_`, and nohup replaces a terminal at standard input by /dev/null, opened
 * for writing.
 */
export function ignoresHangUp(environment: NodeJS.ProcessEnv = process.env, folder = "/proc/self"): boolean {
  if (basename(environment._ ?? "") === "nohup") return true;
  try {
    const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(readFileSync(`${folder}/fdinfo/0`, "utf8"))?.[1] ?? "0", 8);
    const writeOnly = (flags & 3) === 1;
    return writeOnly && readlinkSync(`${folder}/fd/0`) === "/dev/null";
  } catch {
    return false; // no such files: another system, or no standard input
  }
}
