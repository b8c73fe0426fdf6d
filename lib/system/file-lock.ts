type LockFile = (descriptor: number) => boolean | null;

let lockFile: LockFile = () => null;

/** The operating system's locks come with the addon, a room above this one, which hands them down when it is imported. */
export function provideFileLock(lock: LockFile): void {
  lockFile = lock;
}

/**
 * Takes the advisory lock of an open file, without waiting. The operating system gives it back when the file is closed, however the process
 * ends. Returns false when it is taken through another descriptor, in this process or another, and null where there are no locks: on some
 * file systems, and without the addon.
 */
export function tryLockFile(descriptor: number): boolean | null {
  return lockFile(descriptor);
}
