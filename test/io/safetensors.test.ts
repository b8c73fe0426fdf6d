import { mkdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { TypedTensor } from "../../lib/addon/contract.js";
import { CheckpointError } from "../../lib/errors.js";
import { Model } from "../../lib/model.js";
import { inside, safetensors, taken, temporary, written } from "./files.js";

const at = inside(temporary());
let model: Model;
let before: Map<string, TypedTensor>;
beforeAll(async () => {
  model = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
  before = model.stateDict();
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

describe("a weights file", () => {
  it.each(hostile)("that is %s is refused by its name and what is wrong", async (name, content, reason) => {
    const file = written(at(`${name.replace(/\W/g, "-")}.safetensors`), content);
    const refusal = model.loadWeights(file);
    await expect(refusal).rejects.toBeInstanceOf(CheckpointError);
    const error = await refusal.catch((caught: CheckpointError) => caught);
    expect(error).toMatchObject({ code: "ACINUS_CHECKPOINT", message: expect.stringContaining(file) });
    expect((error as Error).message).toMatch(reason);
    // The other reader, of the header alone.
    await expect(Model.load(file)).rejects.toMatchObject({ code: "ACINUS_CHECKPOINT", message: expect.stringContaining(file) });
  });

  it("that is refused leaves the network as it was", () => {
    for (const [name, { data }] of model.stateDict()) {
      expect(Buffer.from(data.buffer).equals(Buffer.from(before.get(name)?.data.buffer as ArrayBuffer)), name).toBe(true);
    }
  });

  it("that is a folder, or not there, is refused by its name", async () => {
    const folder = at("folder.safetensors");
    mkdirSync(folder);
    for (const file of [folder, at("nowhere.safetensors")]) {
      const refusal = { code: "ACINUS_CHECKPOINT", message: expect.stringContaining(file) };
      await expect(model.loadWeights(file)).rejects.toMatchObject(refusal);
      await expect(Model.load(file)).rejects.toMatchObject(refusal);
    }
  });

  it("cut anywhere is refused", async () => {
    const whole = at("whole.safetensors");
    await model.save(whole);
    const content = readFileSync(whole);
    const lengths = [8, 9, 1000, content.length / 2, content.length - 1].map(Math.floor);
    for (const length of lengths) {
      const file = written(at("cut.safetensors"), content.subarray(0, length));
      await expect(model.loadWeights(file), `${length} bytes`).rejects.toMatchObject({ code: "ACINUS_CHECKPOINT" });
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
    expect(model.stateDict().get(name)?.data).toEqual(Float32Array.of(0.625));
  });
});
