import { native } from "../addon/load.js";

/**
 * Takes the advisory lock of an open file, without waiting. The operating system gives it back when the file is closed, however the process
 * ends. Returns false when it is taken through another descriptor, in this process or another, and null where the file system has no locks.
 */
export function tryLockFile(descriptor: number): boolean | null {
  return native().lockFile(descriptor);
}
