import { unzipSync } from "fflate";

/** No archive is unpacked to more than this: 2 GiB. */
const mostBytes = 2 ** 31;
const mostFiles = 1 << 20;

/** Files of a zip archive with one of those endings; sizes are checked before anything is unpacked. Throws an Error on damage. */
export function unzip(bytes: Uint8Array, ...endings: string[]): Map<string, Buffer> {
  let [total, count] = [0, 0];
  const files = unzipSync(bytes, {
    filter: ({ name, originalSize, size }) => {
      if (!endings.some((ending) => name.toLowerCase().endsWith(ending)) || /(^|\/)(__MACOSX\/|\.)/.test(name)) return false;
      total += originalSize;
      // Deflate packs at most 1032 bytes into one.
      if (total > mostBytes || originalSize > 1100 * size + 1024 || ++count > mostFiles)
        throw new Error("it unpacks to more than is read at once");
      return true;
    },
  });
  return new Map(
    Object.entries(files).map(([name, data]) => [name, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]),
  );
}
