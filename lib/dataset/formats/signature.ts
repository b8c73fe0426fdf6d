/** What a file is by its first bytes, whatever its name says. */

export type ImageFormat = "png" | "jpeg" | "tiff" | "webp";

const starts: readonly (readonly [string, string | ImageFormat])[] = [
  ["\x89PNG\r\n\x1a\n", "png"],
  ["\xff\xd8\xff", "jpeg"],
  ["II*\0", "tiff"],
  ["MM\0*", "tiff"],
  ["II+\0", "tiff"],
  ["MM\0+", "tiff"],
];

const others: readonly (readonly [string | RegExp, string])[] = [
  ["version https://git-lfs", "a Git LFS pointer: the image itself was not fetched"],
  ["GIF8", "a GIF image, and GIF is not read"],
  ["BM", "a BMP image, and BMP is not read"],
  ["\0\0\0\x0cjP  ", "a JPEG 2000 image, which is not read"],
  ["\xff\x4f\xff\x51", "a JPEG 2000 image, which is not read"],
  [/^.{4}ftyp(heic|heix|mif1|avif)/s, "a HEIC or AVIF image, which is not read"],
  ["\x89HDF\r\n", "an HDF5 file"],
  ["MATLAB", "a MATLAB file"],
  ["\x93NUMPY", "a NumPy array"],
  ["PK\x03\x04", "a zip archive"],
  ["\x1f\x8b", "a gzip archive"],
  ["%PDF", "a PDF document"],
  ["\0\x05\x16\x07", "a resource file of macOS"],
  [/^\s*(<!doctype html|<html)/i, "a web page (HTML), perhaps the answer to a download that failed"],
  [/^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<svg/is, "an SVG drawing, which has no pixels"],
  [/^\s*<\?xml/i, "an XML document"],
  [/^\s*[{[]/, "a JSON document"],
];

const remedies: readonly (readonly [RegExp, string])[] = [
  [/Git LFS/, "Fetch it: git lfs pull"],
  [/web page|0 bytes/, "Download it again."],
];

/** The format, or what else the file is, as the end of a sentence that begins with "it is", and what mends it. */
export function formatOf(bytes: Buffer): { format: ImageFormat } | { format: undefined; what: string; fix: string } {
  const found = formatByStart(bytes);
  if (found.format) return found;
  const fix = remedies.find(([pattern]) => pattern.test(found.what))?.[1] ?? "Save it again as PNG, TIFF or JPEG.";
  return { ...found, fix };
}

function formatByStart(bytes: Buffer): { format: ImageFormat } | { format: undefined; what: string } {
  if (bytes.length === 0) return { format: undefined, what: "an empty file (0 bytes)" };
  const head = bytes.toString("latin1", 0, 512);
  for (const [start, format] of starts) if (head.startsWith(start)) return { format: format as ImageFormat };
  if (head.startsWith("RIFF") && head.startsWith("WEBP", 8)) return { format: "webp" };
  const known = others.find(([start]) => (typeof start === "string" ? head.startsWith(start) : start.test(head)));
  return { format: undefined, what: known?.[1] ?? "no image (unsupported image format)" };
}
