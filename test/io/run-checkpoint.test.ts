import { closeSync, copyFileSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CheckpointError } from "../../lib/errors.js";
import { Model } from "../../lib/model/model.js";
import { tryLockFile } from "../../lib/system/file-lock.js";
import { Random } from "../../lib/system/random.js";
import { Trainer } from "../../lib/train/trainer.js";
import { temporary } from "../temporary.js";
import { discs, quick } from "../train/toy.js";
import { inside, safetensors, taken, written } from "./files.js";

const [train, validation] = [discs(4, 32, 1), discs(2, 32, 2)];
const folder = temporary();
const at = inside(folder);
const weights = at("checkpoint-last.safetensors");
const [state, next] = [`${weights}.state`, `${weights}.state.next`];
const kept = (name: "first" | "second", part: "weights" | "state") => at(`${name}.${part}`);

let model: Model;
let trainer: Trainer;
/** Two checkpoints of one run: after its first and after its second epoch. */
beforeAll(async () => {
  model = await Model.create({ encoder: "efficientnet-b0", seed: 5 });
  trainer = new Trainer(model, { ...quick, train, validation, epochs: 3, runFolder: folder });
  using loop = await trainer.begin();
  for (const name of ["first", "second"] as const) {
    for (const batch of loop.batches([0, 1, 2, 3])) await loop.step(batch);
    await loop.checkpoint("last");
    copyFileSync(weights, kept(name, "weights"));
    copyFileSync(state, kept(name, "state"));
  }
});
beforeEach(() => {
  for (const file of [weights, state, next]) rmSync(file, { force: true });
});

function place(files: { weights?: "first" | "second"; state?: "first" | "second"; next?: "first" | "second" }): void {
  if (files.weights) copyFileSync(kept(files.weights, "weights"), weights);
  if (files.state) copyFileSync(kept(files.state, "state"), state);
  if (files.next) copyFileSync(kept(files.next, "state"), next);
}
const position = { first: { epoch: 0, batch: 2, step: 2 }, second: { epoch: 1, batch: 2, step: 4 } };

async function refusal(): Promise<string> {
  const error = await trainer.resume(weights).then(
    () => undefined,
    (caught) => caught,
  );
  expect(error).toBeInstanceOf(CheckpointError);
  expect(error).toMatchObject({
    code: "ACINUS_CHECKPOINT",
    message: expect.stringContaining(weights),
    file: expect.stringContaining(weights),
  });
  return (error as Error).message;
}

describe("a run is found again, whenever the process was killed:", () => {
  it.each([
    ["before anything of the second checkpoint was written", { weights: "first", state: "first" }, "first"],
    ["when its state was written", { weights: "first", state: "first", next: "second" }, "first"],
    ["when its weights were written too", { weights: "second", state: "first", next: "second" }, "second"],
    ["when all was in place", { weights: "second", state: "second" }, "second"],
    ["when the first checkpoint's weights were in place", { weights: "first", next: "first" }, "first"],
  ] as const)("%s", async (_, files, found) => {
    place(files);
    expect(await trainer.resume(weights)).toEqual(position[found]);
    using saved = await Model.create({ encoder: "efficientnet-b0", weights: kept(found, "weights") });
    const name = "segmentation_head.0.weight";
    expect((await model.stateDict()).get(name)).toEqual((await saved.stateDict()).get(name));
  });
});

describe("a checkpoint is refused by its name and what is wrong", () => {
  it("without weights", async () => {
    expect(await refusal()).toContain("does not exist");
  });

  it.each([
    ["without a state", { weights: "first" }],
    ["with the state of another checkpoint", { weights: "first", state: "second" }],
    ["with two states of another checkpoint", { weights: "first", state: "second", next: "second" }],
  ] as const)("%s", async (_, files) => {
    place(files);
    expect(await refusal()).toContain("has no .state file that belongs to it");
  });

  it.each(["weights", "state"] as const)("with a bit of its %s turned over", async (part) => {
    place({ weights: "first", state: "first" });
    const file = part === "weights" ? weights : state;
    const content = readFileSync(file);
    content[content.length - 5] = (content[content.length - 5] as number) ^ 4;
    written(file, content);
    expect(await refusal()).toMatch(part === "weights" ? /has no \.state file that belongs to it/ : /\.state is damaged/);
  });

  it("with any bit of the state's header turned over, numbers and kinds included", async () => {
    place({ weights: "first", state: "first" });
    const whole = readFileSync(state);
    const length = 8 + Number(whole.readBigUInt64LE(0));
    const random = new Random(11);
    const numbers = whole.indexOf("scalar.position") + '"scalar.position":'.length;
    const kinds = whole.indexOf('"dtype":"') + '"dtype":"'.length;
    const places = [numbers, numbers + 2, kinds, ...Array.from({ length: 16 }, () => random.below(length))];
    for (const at of places) {
      const content = Buffer.from(whole);
      content[at] = (content[at] as number) ^ (1 << random.below(8));
      written(state, content);
      expect(await refusal(), `byte ${at}`).toMatch(/./);
    }
  });

  it("with weights of another kind under the same bytes", async () => {
    place({ weights: "first", state: "first" });
    const { header, data } = taken(readFileSync(weights));
    const name = "segmentation_head.0.bias";
    written(weights, safetensors({ ...header, [name]: { ...(header[name] as object), dtype: "I32" } }, data));
    expect(await refusal()).toContain(".state is damaged");
  });

  it.each(["weights", "state"] as const)("with %s that are cut short", async (part) => {
    place({ weights: "first", state: "first" });
    const file = part === "weights" ? weights : state;
    written(file, readFileSync(file).subarray(0, -1));
    expect(await refusal()).toMatch(/beyond the end of the file/);
  });

  it("with a state that lacks what it should hold", async () => {
    place({ weights: "first" });
    const { header, data } = taken(readFileSync(kept("first", "state")));
    const { seal: _seal, ...unsealed } = header.__metadata__ as Record<string, string>; // as an earlier version wrote it
    const { "scalar.position": _, ...without } = unsealed;
    const nothing = { ...unsealed, state_checksum: "cbf29ce44fd0bfc1" }; // FNV's offset basis, folded
    written(state, safetensors({ __metadata__: nothing }));
    expect(await refusal()).toContain("does not fit this run");
    written(state, safetensors({ ...header, __metadata__: without }, data));
    expect(await refusal()).toContain("lacks 'position'");
    written(state, safetensors({ ...header, __metadata__: { ...without, "scalar.position": "1 2 x" } }, data));
    expect(await refusal()).toContain("'x' in a checkpoint's state is not a number");
    for (const wrong of ["-1 0 0", "0 1.5 0", "0 0 nan", "0 0 1e300"]) {
      written(state, safetensors({ ...header, __metadata__: { ...without, "scalar.position": wrong } }, data));
      expect(await refusal(), wrong).toContain("in 'position', which is no count");
    }
    const draws = header.draws as { dtype: string };
    written(state, safetensors({ ...header, __metadata__: unsealed, draws: { ...draws, dtype: "F64" } }, data));
    expect(await refusal()).toContain("'draws'");
  });
});

// The last one: another trainer goes on with the run.
it("sweeps the half-written files of a killed process away, whoever has its number now", async () => {
  const name = ".checkpoint-last.safetensors";
  const dead = [`${name}.${process.pid}.0.tmp`, `${name}.0123456789abcdef.tmp`, `${name}.state.next.0123456789abcdef.tmp`];
  const [alive, foreign] = [`${name}.fedcba9876543210.tmp`, ".checkpoint-notes.tmp"];
  for (const file of [...dead, alive, foreign]) written(at(file), "half");
  const writer = openSync(at(alive), "r+");
  expect(tryLockFile(writer)).toBe(true);
  place({ weights: "first", state: "first" });
  using again = new Trainer(model, { ...quick, train, validation, epochs: 3, runFolder: folder, resume: true });
  await again.begin();
  closeSync(writer);
  expect(
    readdirSync(folder)
      .filter((file) => file.endsWith(".tmp"))
      .sort(),
  ).toEqual([foreign, alive].sort());
});
