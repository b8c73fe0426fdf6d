import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { TypedTensor } from "../../lib/addon/contract.js";
import { native } from "../../lib/addon/load.js";
import { CheckpointError } from "../../lib/errors.js";
import { Model } from "../../lib/model/model.js";
import { numbers } from "../predict/pictures.js";
import { temporary } from "../temporary.js";
import { inside, safetensors, taken, written } from "./files.js";
import { fixture, inspect } from "./weights.js";

const at = inside(temporary());
const scratch = at("hostile.pth");
let model: Model;
let before: Map<string, TypedTensor>;
beforeAll(async () => {
  model = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
  before = await model.stateDict();
});

const bytesOf = (name: string) => readFileSync(fixture(name));

/** "read", or the message of the CheckpointError that names the file and refuses it; anything else fails the test. */
async function outcome(bytes: Uint8Array, file = scratch): Promise<string> {
  writeFileSync(file, bytes);
  try {
    await inspect(file);
    return "read";
  } catch (error) {
    if (error instanceof CheckpointError && error.code === "ACINUS_CHECKPOINT" && error.file === file) return error.message;
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
    const memory = native().memory().current;
    for (let i = 0; i < times; i++) {
      const changed = Buffer.from(whole);
      for (let n = 1 + Math.floor(3 * random()); n > 0; n--) {
        changed[Math.floor(random() * whole.length)] = random() < 0.5 ? Math.floor(256 * random()) : random() < 0.5 ? 255 : 128;
      }
      outcomes[(await outcome(changed)) === "read" ? "read" : "refused"]++;
    }
    expect(outcomes.read).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
    expect(native().memory().current - memory).toBeLessThan(1e6);
  });

  it("a whole network's safetensors cut anywhere is refused", async () => {
    const whole = at("whole.safetensors");
    await model.save(whole);
    const content = readFileSync(whole);
    const lengths = [8, 9, 1000, content.length / 2, content.length - 1].map(Math.floor);
    for (const length of lengths) {
      const file = written(at("cut.safetensors"), content.subarray(0, length));
      await expect(model.loadWeights(file), `${length} bytes`).rejects.toMatchObject({ code: "ACINUS_CHECKPOINT" });
    }
  });

  it("whose checksum is wrong is refused though everything else is in order", async () => {
    const whole = bytesOf("zip.pth");
    const place = whole.indexOf(Buffer.from(new Float32Array([1.5]).buffer));
    whole[place] = 1;
    expect(await outcome(whole)).toContain("checksum");
  });
});

/** A header with one tensor of 4 float32 values, changed. */
const one = (change: object = {}) => ({ a: { dtype: "F32", shape: [2, 2], data_offsets: [0, 16], ...change } });
const two = (first: number[], second: number[]) => ({
  a: { dtype: "F32", shape: [2, 2], data_offsets: first },
  b: { dtype: "F32", shape: [2, 2], data_offsets: second },
});
const bytes = new Uint8Array(16);
const huge = 2n ** 63n;

/** Of files whose first bytes are of no known kind. */
const neither = /neither safetensors nor a PyTorch file/;
const hostile: [string, Buffer, RegExp][] = [
  ["an empty file", Buffer.alloc(0), neither],
  ["seven bytes", Buffer.alloc(7), neither],
  ["a header that ends early", safetensors(one(), bytes).subarray(0, 30), /header length does not fit/],
  ["a header length beyond the file", safetensors(one(), bytes, 10_000n), /header length does not fit/],
  ["a header length of 2^63", safetensors(one(), bytes, huge), /header length does not fit/],
  ["a header length of 2^64 − 1", safetensors(one(), bytes, 2n ** 64n - 1n), /header length does not fit/],
  ["a header of no bytes", safetensors("", bytes), neither],
  ["a PNG", Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), bytes]), neither],
  ["a header that is no JSON", safetensors("{not json}", bytes), /expected a string at byte 1/],
  ["a header that is a list", safetensors("[1, 2]", bytes), neither],
  ["text after the header's end", safetensors(`${JSON.stringify(one())} x`, bytes), /text after the end/],
  ["a header cut within a string", safetensors('{"a', bytes), /a string without an end/],
  ["nesting without end", safetensors(`{"a":${"[".repeat(100_000)}`, bytes), /too deep/],
  ["bytes that are no UTF-16 pair", safetensors('{"\\ud800":1}', bytes), /half a surrogate pair/],
  ["a tensor that is a number", safetensors({ a: 7 }, bytes), /a is not an object/],
  ["a tensor without a type", safetensors(one({ dtype: undefined }), bytes), /lacks dtype/],
  ["an unknown key", safetensors(one({ stride: 1 }), bytes), /unknown key "stride"/],
  ["an unknown data type", safetensors(one({ dtype: "F7" }), bytes), /data type F7/],
  ["a data type that is a number", safetensors(one({ dtype: 32 }), bytes), /dtype is not a string/],
  ["another data type than the bytes", safetensors(one({ dtype: "F64" }), bytes), /do not fit its shape and type/],
  ["a shape of fewer values", safetensors(one({ shape: [3] }), bytes), /do not fit its shape and type/],
  ["a shape that overflows", safetensors(one({ shape: [2 ** 40, 2 ** 40] }), bytes), /shape is too large/],
  [
    "a length of 2^63",
    safetensors(`{"a":{"dtype":"F32","shape":[${huge}],"data_offsets":[0,16]}}`, bytes),
    /shape is too large/,
  ],
  [
    "no values of a shape that overflows",
    safetensors(one({ shape: [0, 2 ** 53, 2 ** 53], data_offsets: [0, 0] })),
    /shape is too large/,
  ],
  ["a negative length", safetensors(one({ shape: [-2, -2] }), bytes), /a length in a shape is not a whole number/],
  ["a length that is not whole", safetensors(one({ shape: [2.5] }), bytes), /a length in a shape is not a whole number/],
  ["a length of 1e400", safetensors('{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,16]}}', bytes), /out of range/],
  ["a length that is NaN", safetensors('{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,16]}}', bytes), /no valid value/],
  ["a length that is null", safetensors(one({ shape: [null] }), bytes), /a length in a shape is not a whole number/],
  ["a thousand dimensions", safetensors(one({ shape: new Array(1000).fill(1) }), bytes), /too many dimensions/],
  ["offsets that overlap", safetensors(two([0, 16], [8, 24]), new Uint8Array(24)), /overlaps another tensor/],
  ["offsets that leave a hole", safetensors(two([0, 16], [24, 40]), new Uint8Array(40)), /leaves a hole/],
  ["offsets beyond the file", safetensors(one({ data_offsets: [0, 32], shape: [2, 4] }), bytes), /beyond the end/],
  ["offsets that run backwards", safetensors(one({ data_offsets: [16, 0] }), bytes), /beyond the end/],
  ["three offsets", safetensors(one({ data_offsets: [0, 8, 16] }), bytes), /not a pair/],
  ["negative offsets", safetensors(one({ data_offsets: [-16, 0] }), bytes), /a data offset is not a whole number/],
  ["bytes of no tensor", safetensors(one(), new Uint8Array(24)), /belong to no tensor/],
  ["fewer bytes than tensors", safetensors(one(), new Uint8Array(8)), /beyond the end/],
  ["a name twice", safetensors('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":1}', bytes), /the key "a" twice/],
  ["metadata that is no text", safetensors({ __metadata__: { a: 1 }, ...one() }, bytes), /__metadata__ is not a string/],
];

describe("a safetensors file", () => {
  it.each(hostile)("that is %s is refused by its name and what is wrong", async (name, content, reason) => {
    const file = at(`${name.replace(/\W/g, "-")}.safetensors`);
    expect(await outcome(content, file)).toMatch(reason);
    const refusal = model.loadWeights(file);
    await expect(refusal).rejects.toBeInstanceOf(CheckpointError);
    const error = await refusal.catch((caught: CheckpointError) => caught);
    expect(error).toMatchObject({ code: "ACINUS_CHECKPOINT", message: expect.stringContaining(file), file });
    expect((error as Error).message).toMatch(reason);
    // The other reader, of the header alone.
    await expect(Model.load(file)).rejects.toMatchObject({
      code: "ACINUS_CHECKPOINT",
      message: expect.stringContaining(file),
      file,
    });
  });

  it("that is refused leaves the network as it was", async () => {
    for (const [name, { data }] of await model.stateDict()) {
      expect(Buffer.from(data.buffer).equals(Buffer.from(before.get(name)?.data.buffer as ArrayBuffer)), name).toBe(true);
    }
  });

  it("that is a folder, or not there, is refused by its name", async () => {
    const folder = at("folder.safetensors");
    mkdirSync(folder);
    for (const file of [folder, at("nowhere.safetensors")]) {
      const refusal = { code: "ACINUS_CHECKPOINT", message: expect.stringContaining(file), file };
      await expect(model.loadWeights(file)).rejects.toMatchObject(refusal);
      await expect(Model.load(file)).rejects.toMatchObject(refusal);
    }
  });

  it("of any type that holds numbers is taken, in any order and with empty tensors beside", async () => {
    const whole = at("whole-again.safetensors");
    await model.save(whole);
    const { header, data } = taken(readFileSync(whole));
    const { __metadata__, ...entries } = header;
    const end = data.length;
    const name = "segmentation_head.0.bias";
    const double = Buffer.alloc(8);
    double.writeDoubleLE(0.625);
    const shuffled = {
      ...Object.fromEntries(Object.entries(entries).reverse()),
      [name]: { dtype: "F64", shape: [1], data_offsets: [end, end + 8] },
      nothing: { dtype: "BOOL", shape: [0, 3], data_offsets: [end, end] },
      // The bytes that the head's bias had still belong to somebody.
      before: entries[name],
    };
    const file = written(at("types.safetensors"), safetensors(shuffled, Buffer.concat([data, double])));
    const report = await model.loadWeights(file, { strict: false });
    expect(report.unexpected.toSorted()).toEqual(["before", "nothing"]);
    expect([report.missing, report.mismatched]).toEqual([[], []]);
    expect((await model.stateDict()).get(name)?.data).toEqual(Float32Array.of(0.625));
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
    const memory = native().memory().peak;
    expect(await outcome(holding(...value))).not.toBe("read");
    expect(native().memory().peak - memory).toBeLessThan(1e6);
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
