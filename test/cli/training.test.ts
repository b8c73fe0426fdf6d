import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { CellRule } from "../../lib/config/cells.js";
import { decodeImage } from "../../lib/dataset/decode.js";
import { decodeMask } from "../../lib/dataset/masks.js";
import { Model } from "../../lib/model/model.js";
import type { CocoCells } from "../../lib/predict/formats/coco.js";
import { Predictor } from "../../lib/predict/predictor.js";
import { synthesize } from "../../lib/synth/synthesize.js";
import { recordName } from "../../lib/system/written-record.js";
import { temporary } from "../temporary.js";
import { acinus, start } from "./run.js";

const data = join(temporary(), "data");
const [train, val] = [join(data, "train"), join(data, "val")];
const small = ["--preset", "fast", "--encoder", "efficientnet-b0", "--batch", "4", "--threads", "1", "--seed", "3"];
const trainArgs = (run: string, ...more: string[]) => ["train", train, "--validation", val, "-o", run, ...small, ...more];

interface Line {
  type: string;
  step?: number;
  epoch: number;
}
const events = (run: string) =>
  readFileSync(join(run, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
const steps = (run: string) => events(run).flatMap(({ type, step }) => (type === "step" ? [step as number] : []));

beforeAll(async () => {
  await synthesize(data, { images: 20, size: 64, seed: 4, validation: 0.4, emptyShare: 0.5 });
});

describe("train, evaluate, predict", () => {
  const run = join(temporary(), "run");

  it("trains into a run folder and says so on standard error alone", async () => {
    const { code, stdout, stderr } = await acinus(trainArgs(run, "--epochs", "2", "--json"));
    expect(stderr).toMatch(
      /^epoch 2\/2 \| loss \d\.\d+ \(bce \d\.\d+, dice \d\.\d+, tversky \d\.\d+\) \| Dice \d\.\d+, with cells \d\.\d+, micro \d\.\d+ \| \d+ s/m,
    );
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as {
      weights: string;
      reason: string;
      epoch: number;
      config: { epochs: number; seed: number };
    };
    expect(result).toMatchObject({
      run,
      reason: "finished",
      epoch: 2,
      config: { epochs: 2, seed: 3 },
      model: { encoder: "efficientnet-b0" },
    });
    expect(readdirSync(run)).toEqual(
      expect.arrayContaining([
        "checkpoint-best.safetensors",
        "checkpoint-last.safetensors",
        "config.json",
        "metrics.jsonl",
        "splits.json",
      ]),
    );
    expect(steps(run)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("chooses on the validation images how cells are told apart; the checkpoint carries it, and prediction uses it", async () => {
    const file = join(run, "checkpoint-best.safetensors");
    using model = await Model.load(file);
    const chosen = model.cells as CellRule;
    expect(["components", "watershed"]).toContain(chosen.separation.method);
    expect(new Predictor(model).config).toMatchObject(chosen);
    const { stdout, stderr } = await acinus(["evaluate", run, val, "--threads", "1", "--json", "--choose"]);
    expect(stderr).toMatch(/Cells by (components|watershed) \(threshold 0\.\d.*object F1 \d\.\d{4} on \d+ cells of 8 images/);
    expect(JSON.parse(stdout)).toMatchObject(chosen);
    const other = ["--separation", "watershed", "--peak-height", "2.5", "--threshold", "0.25", "--minimum-size", "3"];
    const said = await acinus(["evaluate", run, val, "--threads", "1", "--json", ...other]);
    const separation = { method: "watershed", h: 2.5, minimumSize: 3 };
    expect(JSON.parse(said.stdout)).toMatchObject({ threshold: 0.25, separation });
    const alone = await acinus(["evaluate", file, val, "--choose"]);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining("Give the run folder")]);
  });

  it("refuses to write over a run, before it reads any data", async () => {
    const { code, stderr } = await acinus(["train", "/nowhere", "-o", run]);
    expect(code).toBe(1);
    expect(stderr).toContain("[ACINUS_RUN_EXISTS]");
  });

  it("evaluates: a table, and the same scores in summary.json and with --json", async () => {
    const text = await acinus(["evaluate", run, val, "--threads", "1"]);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/per image with cells +\d\.\d{4}/);
    const summary = JSON.parse(readFileSync(join(run, "validation/summary.json"), "utf8")) as {
      diceMicro: { value: number };
      images: number;
    };
    expect(summary.images).toBe(8);
    const { stdout } = await acinus(["evaluate", run, val, "--threads", "1", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ diceMicro: summary.diceMicro, images: 8 });
  });

  it("evaluates other data beside the validation's summary, which stays, and predictions of anybody's", async () => {
    const file = join(run, "validation/summary.json");
    const before = readFileSync(file, "utf8");
    const other = await acinus(["evaluate", run, train, "--threads", "1", "--json"]);
    expect(JSON.parse(other.stdout)).toMatchObject({ images: 12, summary: join(run, "evaluation/train.json") });
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(readFileSync(join(run, "evaluation/train.csv"), "utf8").trimEnd().split("\n").length).toBe(13);
    expect(readFileSync(join(run, "validation/images.csv"), "utf8").trimEnd().split("\n").length).toBe(9);
    const out = join(temporary(), "scores");
    const masks = await acinus(["evaluate", "--predictions", join(val, "masks"), val, "-o", out, "--json"]);
    expect(JSON.parse(masks.stdout)).toMatchObject({ diceMicro: { value: 1 }, threshold: null, objects: { f1: 1 } });
    expect(readdirSync(out)).toEqual(expect.arrayContaining(["images.csv", "summary.json"]));
    expect((await acinus(["evaluate", run])).code).toBe(2);
  });

  it("evaluates over the flips and rotations that are named, and refuses a name that is none with the nearest", async () => {
    const file = join(run, "checkpoint-last.safetensors");
    const named = await acinus(["evaluate", file, val, "--threads", "1", "--tta-transforms", "identity, vflip", "--json"]);
    expect(JSON.parse(named.stdout)).toMatchObject({ tta: ["identity", "vflip"], images: 8, emptyPolicy: 1 });
    const wrong = await acinus(["predict", file, val, "-o", join(temporary(), "out"), "--tta-transforms", "identity,rot9"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('predictor.tta.1 is "rot9"');
    expect(wrong.stderr).toContain('Did you mean "rot90"?');
  });

  it("scores empty predictions on empty truths as it is told to", async () => {
    const args = ["evaluate", run, val, "--threads", "1", "--threshold", "1", "--json", "--empty-policy"];
    const [zero, left] = [await acinus([...args, "0"]), await acinus([...args, "undefined"])];
    expect(JSON.parse(zero.stdout)).toMatchObject({ emptyPolicy: 0, dicePerImage: { value: 0 }, undefinedScores: { dice: 0 } });
    const summary = JSON.parse(readFileSync(join(run, "validation/summary.json"), "utf8"));
    expect(summary).toMatchObject({ emptyPolicy: "undefined", dicePerImage: { value: 0 }, undefinedScores: { dice: 4 } });
    expect(JSON.parse(left.stdout)).toMatchObject({ emptyPolicy: "undefined", undefinedScores: { dice: 4 } });
    expect((await acinus(["evaluate", run, val, "--empty-policy", "half"])).code).toBe(2);
  });

  it("predicts a folder in several formats, at each image's size", async () => {
    const out = join(temporary(), "out");
    const { code, stdout } = await acinus([
      "predict",
      run,
      val,
      "-o",
      out,
      "--format",
      "png,prob,labels,geojson,imagej,overlay,coco,csv",
      "--threshold",
      "0.3",
      "--json",
    ]);
    expect(code).toBe(0);
    const { images, files: shared } = JSON.parse(stdout) as {
      images: { image: string; files: string[]; cells: number; cellPixelShare: number }[];
      files: string[];
    };
    expect(images.length).toBe(8);
    expect(readdirSync(out).filter((name) => name !== recordName).length).toBe(8 * 6 + 2);
    expect(shared).toEqual([join(out, "coco.json"), join(out, "cells.csv")]);
    const rows = readFileSync(join(out, "cells.csv"), "utf8").trimEnd().split("\n");
    expect(rows.length - 1).toBe(images.reduce((sum, { cells }) => sum + cells, 0));
    const coco = JSON.parse(readFileSync(join(out, "coco.json"), "utf8")) as CocoCells;
    expect(coco.images.map(({ file_name }) => file_name)).toEqual(images.map(({ image }) => basename(image)));
    expect(coco.annotations.length).toBe(images.reduce((sum, { cells }) => sum + cells, 0));
    for (const { image, files, cellPixelShare } of images) {
      const original = await decodeImage(image);
      const mask = await decodeMask(files[0] as string);
      expect([mask.width, mask.height]).toEqual([original.width, original.height]);
      expect(mask.data.reduce((sum, value) => sum + value, 0) / mask.data.length).toBeCloseTo(cellPixelShare, 10);
    }
  });

  it("takes a weights file in place of a run, and says what is neither", async () => {
    const file = join(run, "checkpoint-last.safetensors");
    const { code, stdout } = await acinus(["evaluate", file, val, "--threads", "1", "--json"]);
    expect([code, (JSON.parse(stdout) as { summary: unknown }).summary]).toEqual([0, null]);
    for (const path of ["/nowhere", temporary()])
      expect((await acinus(["evaluate", path, val])).stderr).toContain("[ACINUS_NOT_A_RUN]");
  });
});

describe("options of train", () => {
  it.each([
    [["--set", "epoch=3"], 'did you mean "epochs"?'],
    [["--set", "loss.tverskyAlfa=0.6"], 'did you mean "tverskyAlpha"?'],
    [["--set", "model.decoderChanels=[1]"], 'did you mean "decoderChannels"?'],
    [["--set", "epochs=many"], "epochs"],
    [["--set", "loss.smooth=0"], "loss.smooth"],
  ])("%j is refused with code 2 before any work", async (options, message) => {
    const { code, stdout, stderr } = await acinus(["train", "/nowhere", "-o", join(temporary(), "run"), ...options]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^ConfigError \[ACINUS_CONFIG\]/m);
    expect(stderr).toContain(message);
  });

  it("say at once that there is no GPU", async () => {
    const { code, stderr } = await acinus(["train", "/nowhere", "-o", join(temporary(), "run"), "--device", "cuda:7"]);
    expect(code).toBe(1);
    expect(stderr).toContain("[ACINUS_DEVICE]");
  });

  it("split the data when no validation set is given, by groups where asked", async () => {
    const run = join(temporary(), "run");
    const args = ["train", train, "-o", run, ...small, "--epochs", "1", "--split", "0.5", "--group", "^(he|fluorescence)"];
    expect((await acinus(args)).code).toBe(0);
    const splits = JSON.parse(readFileSync(join(run, "splits.json"), "utf8")) as Record<
      "train" | "validation",
      { image: string }[]
    >;
    const styles = (part: "train" | "validation") =>
      new Set(splits[part].map(({ image }) => image.split("/").at(-1)?.split("-")[0]));
    expect([styles("train").size, styles("validation").size]).toEqual([1, 1]);
  });

  it("stop on a copy of a training image in the validation set", async () => {
    const { code, stderr } = await acinus(["train", train, "--validation", train, "-o", join(temporary(), "run"), ...small]);
    expect(code).toBe(1);
    expect(stderr).toContain("[ACINUS_LEAK]");
  });
});

describe.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const)("%s during training", (signal) => {
  const run = join(temporary(), "run");
  let hint = "";

  it("ends the step, writes the checkpoint, says how to resume, and exits 130", async () => {
    const { child, outcome, said } = start(trainArgs(run, "--epochs", "4"));
    await said(/epoch 1\/4/);
    child.kill(signal);
    const { code, stdout, stderr } = await outcome;
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).not.toContain("Debugger"); // which Node opens at SIGUSR1
    expect(existsSync(join(run, "checkpoint-last.safetensors"))).toBe(true);
    hint = stderr.trim().split("\n").at(-1)?.trim() ?? "";
    expect(hint).toMatch(/^node .*acinus\.js train .*--resume$/);
    expect(steps(run).length).toBeLessThan(12);
  });

  it.runIf(signal === "SIGINT")(
    "leaves a run that the command it names continues without losing or repeating a step",
    async () => {
      const words = hint.split(" ");
      const resumed = await acinus(words.slice(words.findIndex((word) => word.endsWith("acinus.js")) + 1));
      expect(resumed.stderr).toContain("Going on after epoch");
      expect(resumed.code).toBe(0);
      expect(steps(run)).toEqual(Array.from({ length: 12 }, (_, i) => i));
      expect(events(run).filter(({ type }) => type === "epoch").length).toBe(4);
    },
  );
});

describe("a second Ctrl-C", () => {
  it("quits at once and leaves whole checkpoints", async () => {
    const run = join(temporary(), "run");
    const { child, outcome, said } = start(trainArgs(run, "--epochs", "50"));
    await said(/epoch +2\/50/); // the first epoch has its checkpoint
    child.kill("SIGINT");
    await said(/again to quit at once/);
    child.kill("SIGINT");
    const { code, signal } = await outcome;
    expect([code, signal]).toEqual([130, null]);
    expect((await acinus(["evaluate", run, val, "--threads", "1", "--json"])).code).toBe(0);
  });
});

describe("Ctrl-C in other work", () => {
  it("exits 130 as well", async () => {
    const { child, outcome, said } = start(["synth", join(temporary(), "large"), "--images", "3000", "--size", "256"]);
    await said(/Drawing \d+ %/);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await outcome;
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toMatch(/^Stopped\.$/m);
  });
});
