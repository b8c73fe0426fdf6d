/** The pixels of a large image whose rows can only be read one after the other, in a temporary file from which any rows can be read. */
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sharp } from "sharp";
import { AcinusError } from "../errors.js";
import { freeSpace } from "../system/disk.js";
import { gigabytes } from "../system/memory.js";

export interface UnpackedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Interleaved values of whole rows, in the machine's byte order. */
  read(top: number, count: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Of libvips' own format: a header, then the pixels row by row. */
const headerBytes = 64;

/** @param image a pipeline of sharp. The file is in the system's temporary folder (TMPDIR), and has no name any more when this settles. */
export async function unpacked(path: string, image: Sharp, signal?: AbortSignal): Promise<UnpackedImage> {
  const { width = 0, height = 0, depth } = await image.metadata();
  const sample = depth === "ushort" ? 2 : 1;
  await requireRoom(path, width * height * 4 * sample);
  const folder = await mkdtemp(join(tmpdir(), "acinus-"));
  const work = (async () => {
    try {
      const target = join(folder, "pixels.v");
      const { channels, ...size } = await image.clone().toFile(target);
      const file = await open(target, "r");
      return { file, channels, ...size };
    } finally {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  })();
  const found = await unlessAborted(work, signal).catch((error) => {
    void work.then(({ file }) => file.close()).catch(() => undefined);
    throw error;
  });
  const stride = found.width * found.channels * sample;
  return {
    ...{ width: found.width, height: found.height, channels: found.channels },
    read: (top, count) => readAt(found.file, headerBytes + top * stride, count * stride),
    close: () => found.file.close(),
  };
}

/** libvips cannot be stopped: what it is doing ends by itself, and nobody waits for it. */
function unlessAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new RangeError("the temporary file is cut short");
    filled += bytesRead;
  }
  return bytes;
}

async function requireRoom(path: string, bytes: number): Promise<void> {
  const free = await freeSpace(tmpdir());
  if (free >= bytes) return;
  const message = `Reading ${path} takes ${gigabytes(bytes)} in ${tmpdir()}, where ${gigabytes(free)} are free.`;
  const fix = "Set TMPDIR to a folder with more room, or save the image as a TIFF in tiles, which is read where it lies.";
  throw new AcinusError("ACINUS_WRITE_FAILED", message, { file: path, value: bytes, fix });
}
