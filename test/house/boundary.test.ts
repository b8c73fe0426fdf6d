/** What JavaScript gives is read in one place, native/binding/arguments.{h,cpp}: read from the sources. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../pages.js";

const folder = "native/binding";
/** The readers themselves, and what makes errors and values. */
const readers = ["arguments.cpp", "arguments.h"];
const sources = readdirSync(join(root, folder))
  .filter((file) => /\.(cpp|h)$/.test(file))
  .map((file) => ({ file, text: readFileSync(join(root, folder, file), "utf8").replace(/\/\/.*$/gm, "") }));

/** "FILE: what was found" in all files but those. */
function found(pattern: RegExp, except: readonly string[]): string[] {
  return sources
    .filter(({ file }) => !except.includes(file))
    .flatMap(({ file, text }) => Array.from(text.matchAll(pattern), ([match]) => `${file}: ${match}`));
}

describe("native/binding", () => {
  it("has the readers", () => {
    expect(sources.map(({ file }) => file)).toEqual(expect.arrayContaining(readers));
  });

  it.each([
    ["casts no JavaScript value", /\.\s*(template )?As<[^>]*>|\bUnsafe\w+|\.UnwrapOr\b/g],
    [
      "converts none to a number or a string",
      /\.\s*(Int32|Uint32|Int64|Uint64|Double|Utf8|Utf16)Value\s*\(|\.\s*To(Number|String|Boolean|Object)\s*\(/g,
    ],
    [
      "asks for no type",
      /\.\s*Is(TypedArray|ArrayBuffer|DataView|Buffer|Number|String|BigInt|Boolean|Object|Array|Function|External|Date|Promise)\s*\(/g,
    ],
    ["looks into no array or buffer", /\.\s*(ArrayBuffer|ByteOffset|ByteLength|ElementLength|TypedArrayType)\s*\(/g],
    [
      "takes no pointer out of a JavaScript object",
      /\bUnwrap\s*\(|\bExternal\b|napi_(unwrap|get_value|get_typedarray|get_arraybuffer|get_buffer|get_dataview)\w*/g,
    ],
    ["wraps no object without a tag", /\bObjectWrap\b/g],
  ])("%s outside of its readers", (_, pattern) => {
    expect(found(pattern, readers)).toEqual([]);
  });

  it("turns no pointer into another, but for its own at the end of an environment", () => {
    expect(found(/reinterpret_cast<[^(]*[*&]>/g, [])).toEqual([]);
    expect(found(/static_cast<[^(]*\*>/g, readers)).toEqual(["environment.cpp: static_cast<Environment*>"]);
  });

  it("takes no lock of a network where JavaScript waits: only inside a job", () => {
    for (const { file, text } of sources) {
      for (const lock of text.matchAll(/\b(Lock|lock_guard\w*(<FairMutex>)?|InferenceScope)\s+\w+\((\*?segmenter)/g)) {
        const before = text.slice(0, lock.index);
        const job = before.lastIndexOf("JobContext&");
        expect(job, `${file}: ${lock[0]}`).toBeGreaterThan(before.lastIndexOf("CallbackInfo&"));
      }
    }
  });
});
