import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { native } from "../../lib/addon/load.js";
import { AcinusError } from "../../lib/errors.js";
import { numbers } from "../predict/pictures.js";
import { temporary } from "../train/toy.js";
import { fixture, inspect } from "./weights.js";

const folder = temporary();
const file = join(folder, "hostile.pth");
const bytesOf = (name: string) => readFileSync(fixture(name));

/** "read", or the message of the CheckpointError that it was refused with; anything else fails the test. */
async function outcome(bytes: Uint8Array): Promise<string> {
  writeFileSync(file, bytes);
  try {
    await inspect(file);
    return "read";
  } catch (error) {
    if (error instanceof AcinusError && error.code === "ACINUS_CHECKPOINT") return error.message;
    throw error;
  }
}

describe("a damaged file", () => {
  it.each(["zip.pth", "legacy.pth", "named.pth"])("%s cut off at every 64th of its length is refused", async (name) => {
    const whole = bytesOf(name);
    for (let part = 0; part < 64; part++) {
      expect(await outcome(whole.subarray(0, Math.floor((whole.length * part) / 64))), `at ${part}/64`).not.toBe("read");
    }
    expect(await outcome(whole)).toBe("read");
  });

  it.each([
    ["without-checksums.pth", 1500],
    ["zip-protocol-4.pth", 500],
    ["legacy.pth", 1500],
    ["legacy-protocol-4.pth", 500],
    ["training.pt", 500],
    ["named.pth", 500],
  ])("%s with bytes changed in %i ways is read or refused, in little memory", async (name, times) => {
    const whole = bytesOf(name);
    const random = numbers(times);
    const outcomes = { read: 0, refused: 0 };
    const before = native().memory().current;
    for (let i = 0; i < times; i++) {
      const changed = Buffer.from(whole);
      for (let n = 1 + Math.floor(3 * random()); n > 0; n--) {
        changed[Math.floor(random() * whole.length)] = random() < 0.5 ? Math.floor(256 * random()) : random() < 0.5 ? 255 : 128;
      }
      outcomes[(await outcome(changed)) === "read" ? "read" : "refused"]++;
    }
    expect(outcomes.read).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
    expect(native().memory().current - before).toBeLessThan(1e6);
  });

  it("whose checksum is wrong is refused though everything else is in order", async () => {
    const whole = bytesOf("zip.pth");
    const at = whole.indexOf(Buffer.from(new Float32Array([1.5]).buffer));
    whole[at] = 1;
    expect(await outcome(whole)).toContain("checksum");
  });
});

describe("a pickle made to do harm", () => {
  // The older layout takes pickles without an archive around them: magic number, protocol, machine, then the object and its storages.
  const opening = bytesOf("legacy.pth").subarray(0, 137);
  const text = (value: string) => Buffer.concat([Buffer.from("X"), u32(value.length), Buffer.from(value)]);
  const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
  const i64 = (value: bigint) => Buffer.concat([Buffer.from([0x8a, 8]), Buffer.from(BigInt64Array.of(value).buffer)]);
  const parts = (...pieces: (string | Buffer | number[])[]) =>
    Buffer.concat(pieces.map((piece) => (piece instanceof Buffer ? piece : Buffer.from(piece as string, "latin1"))));
  const legacy = (object: Buffer, keys = parts("]("), values = Buffer.alloc(0)) =>
    Buffer.concat([opening, parts("\x80\x02"), object, parts("."), parts("\x80\x02"), keys, parts("."), values]);

  const storage = (count: bigint) =>
    parts("(", text("storage"), "ctorch\nFloatStorage\n", text("0"), text("cpu"), i64(count), "NtQ");
  const tensor = (count: bigint, offset: bigint, size: bigint[], stride: bigint[]) =>
    parts(
      ...["ctorch._utils\n_rebuild_tensor_v2\n", "(", storage(count), i64(offset)],
      ...["(", ...size.map(i64), "t", "(", ...stride.map(i64), "t", "\x89", "}", "tR"],
    );
  const one = parts("](", text("0"), "e");
  const stored = Buffer.concat([Buffer.from(BigInt64Array.of(4n).buffer), Buffer.alloc(16)]);
  const holding = (...value: Parameters<typeof tensor>) => legacy(parts("}(", text("w"), tensor(...value), "u"), one, stored);

  it("is set against one that does none", async () => {
    expect(await outcome(holding(4n, 0n, [2n, 2n], [2n, 1n]))).toBe("read");
    expect(await outcome(holding(4n, 1n, [3n], [1n]))).toBe("read");
  });

  const huge = 2n ** 62n;
  it.each<[string, Parameters<typeof tensor>]>([
    ["sizes whose product overflows", [4n, 0n, [huge, huge], [1n, 1n]]],
    ["a size that is too large", [4n, 0n, [5n], [1n]]],
    ["a negative size", [4n, 0n, [-1n], [1n]]],
    ["a stride that leads out", [4n, 0n, [2n], [4n]]],
    ["a stride that overflows", [4n, 0n, [3n], [huge]]],
    ["a negative stride", [4n, 3n, [4n], [-1n]]],
    ["an offset that leads out", [4n, 4n, [1n], [1n]]],
    ["a negative offset", [4n, -1n, [1n], [1n]]],
    ["an offset that overflows", [4n, 2n ** 63n - 1n, [2n], [1n]]],
    ["more sizes than strides", [4n, 0n, [1n, 1n], [1n]]],
    ["a thousand dimensions", [4n, 0n, Array(1000).fill(1n), Array(1000).fill(1n)]],
    ["a stride of 0 that makes terabytes of one value", [4n, 0n, [2n ** 40n], [0n]]],
    ["a storage larger than the file", [2n ** 40n, 0n, [2n ** 30n], [1n]]],
    ["a storage of a negative size", [-4n, 0n, [1n], [1n]]],
  ])("by %s is refused", async (_, value) => {
    const before = native().memory().peak;
    expect(await outcome(holding(...value))).not.toBe("read");
    expect(native().memory().peak - before).toBeLessThan(1e6);
  });

  it.each(["os\nsystem", "posix\nsystem", "builtins\neval", "torch\nload", "torch.hub\nload", "collections\ndefaultdict"])(
    "by the name %j is refused with it",
    async (name) => {
      const [module, attribute] = name.split("\n") as [string, string];
      expect(await outcome(legacy(parts(`c${name}\n(`, text("true"), "tR")))).toContain(`"${module}.${attribute}"`);
      const stackGlobal = parts(text(module), text(attribute), "\x93", ")R");
      expect(await outcome(legacy(stackGlobal))).toContain(`"${module}.${attribute}"`);
    },
  );

  it.each<[string, () => Buffer]>([
    ["a call of what is no function", () => parts(text("os.system"), "(", text("true"), "tR")],
    ["the opcodes INST and OBJ", () => parts("(ios\nsystem\n")],
    ["a call of a type", () => parts("ctorch\nFloatStorage\n)R")],
    ["attributes of what has none", () => parts("](", text("a"), "e}b")],
    ["a million lists in each other", () => parts("]q\x00", Buffer.alloc(1e6, "]"), Buffer.alloc(1e6, "a"))],
    ["a million marks", () => Buffer.alloc(1e6, "(")],
    ["a list in itself, many times", () => parts("]q\x00", Buffer.alloc(2e6, "h\x00a"))],
    ["lists that double fifty times", () => parts("]", ...Array(50).fill("q\x00](h\x00h\x00e"))],
    [
      "one long tuple given again and again",
      () => parts("(", Buffer.alloc(200_000, "N"), "tq\x00", ...Array(20_000).fill("ctorch\nSize\nh\x00R0")),
    ],
    ["a text longer than the file", () => parts("X", u32(0x7fffffff), "abc")],
    ["bytes longer than any memory", () => parts("\x8e", Buffer.alloc(8, 0x7f))],
    ["a memo that was never filled", () => parts("h\x05")],
    ["an empty stack", () => Buffer.alloc(0)],
    ["a name without an end", () => parts("c", Buffer.alloc(1e6, "a"))],
  ])("by %s is refused, soon", async (_, body) => {
    const begin = performance.now();
    expect(await outcome(legacy(body()))).not.toBe("read");
    expect(performance.now() - begin).toBeLessThan(5000);
  });
});
