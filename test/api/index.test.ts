import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as acinus from "../../lib/index.js";
import { Dataset, Evaluator, Model, Prediction, PredictionFolder, Predictor, Sampler, Trainer } from "../../lib/index.js";
import { temporary } from "../temporary.js";
import {
  between,
  type Call,
  faults,
  isFlag,
  isFunction,
  isNumbers,
  isPath,
  isPlain,
  isText,
  oneOf,
  only,
  optional,
  options,
  signal,
  takes,
  whole,
  works,
} from "./wrong.js";

const folder = temporary();
const at = (...names: string[]) => join(folder, ...names);
const encoder = "efficientnet-b0";
let [model, dataset, validation] = [] as unknown as [Model, Dataset, Dataset];
let unsure: Model;
let trainer: Trainer;
let loop: acinus.TrainingLoop;
let prediction: Prediction;
let evaluation: acinus.Evaluation;
beforeAll(async () => {
  await acinus.synthesize(at("data"), { images: 6, size: 64, seed: 4, validation: 0.5, emptyShare: 0.3 });
  [dataset, validation] = [await Dataset.open(at("data", "train")), await Dataset.open(at("data", "val"))];
  model = await Model.create({ encoder, inputMode: "drop", seed: 1 });
  await model.save(at("model.safetensors"));
  unsure = await Model.create({ architecture: "unet-ronneberger", width: 1, dropout: 0.1 });
  trainer = new Trainer(model, training());
  loop = await trainer.begin();
  prediction = await Prediction.of(new Float32Array(20).fill(0.7), 4, 5);
  evaluation = await new Evaluator(model).evaluate(validation);
});
afterAll(() => {
  for (const one of [trainer, model, unsure, dataset, validation]) one.close();
});

const training = () => ({ train: dataset, validation, epochs: 1, batch: 2, memoryCheck: false });
const input = new Float32Array(3 * 32 * 32);
const shape = [1, 3, 32, 32];
const tensor = [only("data", input), only("shape", shape)];
const pixels = { data: new Uint8Array(3 * 32 * 32), height: 32, width: 32 };
const progress = { ...signal, onProgress: optional(isFunction) };
const weight = between(0, Number.MAX_VALUE);
const share = optional(between(0, 1));
const path = (name: string, good: string) => takes(name, good, isPath);
const sample = { title: "a", rgb: pixels.data, truth: null, probability: new Float32Array(32 * 32), height: 32, width: 32 };
const someImage = () => dataset.files[0]?.image as string;
const never = () => false;
const emptyComparison = {
  ...{
    rows: [],
    differences: [],
    pictures: [],
    failures: [],
    data: { folder: "" },
    created: "",
    seeds: [],
    budget: {},
    common: {},
  },
  ...{
    metrics: Object.fromEntries(acinus.comparedScores.map((name) => [name, { title: "", description: "" }])),
    bootstrap: {},
    device: "",
  },
} as unknown as acinus.Comparison;
/** A file that is not there, or of nothing known, is refused by another code: those calls are in tests of their own. */
const file = (name: string, good: string) => takes(name, good, isText);
const emptyList = (value: unknown) => Array.isArray(value) && value.length === 0;

/** Made when the objects are. */
const calls: Record<string, () => Omit<Call, "name">> = {
  "Dataset.open": () => ({
    call: Dataset.open,
    args: [file("folder", at("data", "train")), options({ ...progress, group: optional(isFunction) })],
  }),
  "Dataset.split": () => ({
    call: (...given: never[]) => dataset.split(...(given as unknown as [acinus.SplitOptions])),
    args: [
      {
        ...options({ validation: between(0.01, 0.99), test: share, seed: optional(Number.isSafeInteger) }, { validation: 0.5 }),
        accepts: never,
        otherwise: "validation",
      },
    ],
  }),
  "Dataset.subset": () => ({
    call: (...given: never[]) => dataset.subset(...(given as unknown as [number[]])),
    args: [takes("indices", [0], isNumbers)],
  }),
  "Dataset.from": () => ({
    call: Dataset.from,
    args: [{ ...takes("samples", [{ image: pixels.data, height: 32, width: 32 }], never), otherwise: "samples" }],
  }),
  "Dataset.openImages": () => ({
    call: Dataset.openImages,
    args: [file("inputs", at("data", "train", "images")), options({ ...progress, recursive: optional(isFlag) })],
  }),
  "dataset.folds": () => ({
    call: dataset.folds.bind(dataset),
    args: [takes("k", 2, whole(2)), options({ seed: optional(Number.isSafeInteger) })],
  }),
  "dataset.saveFolds": () => ({
    call: dataset.saveFolds.bind(dataset),
    args: [path("path", at("folds.json")), takes("k", 2, whole(2)), options({ seed: optional(Number.isSafeInteger) })],
  }),
  "dataset.sample": () => ({
    call: dataset.sample.bind(dataset),
    args: [takes("share", 0.5, between(1e-9, 1)), takes("seed", 1, optional(whole()))],
  }),
  "dataset.withMasks": () => ({
    call: dataset.withMasks.bind(dataset),
    args: [takes("masks", new Map([[0, { mask: new Uint8Array(64 * 64) }]]), never)],
  }),
  findInputs: () => ({
    call: acinus.findInputs,
    args: [
      takes("inputs", [at("data", "train", "images")], emptyList),
      options({ recursive: optional(isFlag), onPassedOver: optional(isFunction) }),
    ],
  }),
  predictInto: () => ({
    call: acinus.predictInto,
    args: [
      only("folder", new PredictionFolder(at("into"), ["png"], [someImage()])),
      only("predictor", new Predictor(model)),
      file("image", someImage()),
      options(progress),
    ],
  }),
  "new PredictionTree": () => ({
    call: (...given: never[]) => new acinus.PredictionTree(...(given as unknown as [string, ["png"], acinus.InputImage[]])),
    args: [
      path("path", at("tree")),
      takes("formats", ["png"], emptyList),
      takes("images", [{ image: "a.png", folder: "" }], emptyList),
    ],
  }),
  "new Ensemble": () => ({
    call: (...given: never[]) => new acinus.Ensemble(...(given as unknown as [Model[]])),
    args: [takes("members", [model], never)],
  }),
  "Ensemble.load": () => ({
    call: acinus.Ensemble.load,
    // A list of names is one of files that are not there.
    args: [
      takes("files", [at("model.safetensors")], (value) => Array.isArray(value) && value.length > 0),
      options({ ...signal, device: optional(never) }),
    ],
  }),
  "model.input": () => ({ call: model.input.bind(model), args: [{ ...only("pixels", pixels), otherwise: "pixels" }] }),
  convert: () => ({
    call: acinus.convert,
    args: [
      file("folder", at("data", "train")),
      path("output", at("converted")),
      options({ ...progress, to: optional(oneOf("masks", "labels")) }),
    ],
  }),
  verifyDataset: () => ({ call: acinus.verifyDataset, args: [file("folder", at("data", "train")), options(progress)] }),
  findLeaks: () => ({ call: acinus.findLeaks, args: [only("train", dataset), only("validation", validation)] }),
  assertNoLeaks: () => ({ call: acinus.assertNoLeaks, args: [only("train", dataset), only("validation", validation)] }),
  findDuplicates: () => ({ call: acinus.findDuplicates, args: [only("set", dataset)] }),
  "Model.create": () => ({
    call: Model.create,
    args: [
      options(
        {
          ...signal,
          encoder: optional(never),
          seed: optional(whole()),
          channelsLast: optional(isFlag),
          weights: optional(isText),
          device: optional(never),
        },
        { encoder },
        "model",
      ),
    ],
  }),
  "Model.load": () => ({
    call: Model.load,
    args: [file("file", at("model.safetensors")), options({ ...signal, device: optional(never) })],
  }),
  "model.forward": () => ({ call: model.forward.bind(model), args: [...tensor, options(signal)] }),
  "model.features": () => ({ call: model.features.bind(model), args: [...tensor, options(signal)] }),
  "model.gradients": () => ({
    call: model.gradients.bind(model),
    args: [
      only("data", new Float32Array(2 * 3 * 64 * 64)),
      only("shape", [2, 3, 64, 64]),
      only("target", new Uint8Array(2 * 64 * 64)),
      options({ ...signal, step: optional(whole()) }, {}, "gradients"),
    ],
  }),
  "model.save": () => ({
    call: model.save.bind(model),
    args: [path("file", at("saved.safetensors")), options({ ...signal, projection: optional(never) })],
  }),
  "model.loadWeights": () => ({
    call: model.loadWeights.bind(model),
    args: [file("file", at("model.safetensors")), options({ ...signal, strict: optional(isFlag), part: optional(never) })],
  }),
  "model.stateDict": () => ({ call: model.stateDict.bind(model), args: [options(signal)] }),
  "model.loadStateDict": () => ({
    call: model.loadStateDict.bind(model),
    args: [
      takes("state", [["segmentation_head.0.bias", { data: new Float32Array(1), shape: [1] }]], emptyList),
      options({ ...signal, strict: optional(isFlag) }, { strict: false }),
    ],
  }),
  "model.to": () => ({ call: model.to.bind(model), args: [takes("device", "cpu", never)] }),
  describeLoad: () => ({
    call: acinus.describeLoad,
    args: [only("report", { loaded: 1, adapted: [], missing: [], unexpected: [], mismatched: [], nearest: {} })],
  }),
  findWeights: () => ({ call: acinus.findWeights, args: [file("path", at("model.safetensors"))] }),
  formatOf: () => ({ call: acinus.formatOf, args: [file("file", "a.onnx")] }),
  exportModel: () => ({
    call: acinus.exportModel,
    args: [
      only("model", model),
      file("file", at("exported.safetensors")),
      options({ ...signal, format: optional(never), projection: optional(never) }),
    ],
  }),
  fetchWeights: () => ({ call: acinus.fetchWeights, args: [file("text", ""), options(progress)] }),
  importWeights: () => ({
    call: acinus.importWeights,
    args: [file("source", at("model.safetensors")), path("to", at("imported.safetensors")), options(signal)],
  }),
  "new Evaluator": () => ({
    call: (...given: never[]) => new Evaluator(...(given as unknown as [Model])),
    args: [
      only("model", model),
      options({ threshold: share, batch: optional(whole(1)), tta: optional(isFlag) }, {}, "evaluator"),
    ],
  }),
  "evaluator.evaluate": () => ({
    call: (...given: never[]) => new Evaluator(model).evaluate(...(given as unknown as [Dataset])),
    args: [only("dataset", validation), options(progress)],
  }),
  chooseCells: () => ({
    call: acinus.chooseCells,
    args: [
      only("model", model),
      only("dataset", validation),
      options({ ...progress, tta: optional(isFlag), batch: optional(whole(1)) }),
    ],
  }),
  "model.useCells": () => ({
    call: model.useCells.bind(model),
    args: [takes("cells", { threshold: 0.5, separation: { method: "components" } }, optional(never))],
  }),
  scorePredictions: () => ({
    call: acinus.scorePredictions,
    args: [path("folder", at("masks")), only("dataset", validation), options({ ...progress, seed: optional(whole()) })],
  }),
  scoresTable: () => ({ call: acinus.scoresTable, args: [only("evaluation", evaluation)] }),
  worstTable: () => ({ call: acinus.worstTable, args: [only("evaluation", evaluation), takes("limit", 3, optional(whole()))] }),
  summaryOf: () => ({ call: acinus.summaryOf, args: [only("evaluation", evaluation), takes("extra", {}, optional(isPlain))] }),
  writeSummary: () => ({
    call: acinus.writeSummary,
    args: [path("runFolder", at("run")), only("evaluation", evaluation), takes("extra", {}, optional(isPlain))],
  }),
  "new Predictor": () => ({
    call: (...given: never[]) => new Predictor(...(given as unknown as [Model])),
    args: [
      only("model", model),
      options({ threshold: share, batch: optional(whole(1)), tile: optional(never) }, {}, "predictor"),
    ],
  }),
  "predictor.predict": () => ({
    call: (...given: never[]) => new Predictor(model).predict(...(given as unknown as [acinus.Pixels])),
    args: [takes("image", pixels, isPath), options({ ...progress, pixelSize: optional(between(Number.MIN_VALUE, 1e308)) })],
  }),
  "predictor.uncertainty": () => ({
    call: (...given: never[]) => new Predictor(unsure).uncertainty(...(given as unknown as [acinus.Pixels])),
    args: [
      takes("image", pixels, isPath),
      options({ ...progress, passes: optional(whole(1)), seed: optional(whole()), keep: optional(isFlag) }),
    ],
  }),
  acquire: () => ({
    call: (...given: never[]) => acinus.acquire(...(given as unknown as Parameters<typeof acinus.acquire>)),
    args: [
      only("predictor", new Predictor(unsure)),
      takes("images", [], emptyList),
      options({ ...progress, passes: optional(whole(1)) }, { count: 1 }),
    ],
  }),
  "Prediction.of": () => ({
    call: Prediction.of,
    args: [
      only("probability", new Float32Array(20)),
      only("height", 4),
      only("width", 5),
      options({
        ...{ ...signal, threshold: share, source: optional(isText), separation: optional(isPlain) },
        ...{ pixelSize: optional(between(Number.MIN_VALUE, 1e308)), image: optional(never) },
      }),
    ],
  }),
  "prediction.save": () => ({
    call: prediction.save.bind(prediction),
    args: [path("path", at("mask.png")), options({ ...signal, format: optional(never), bits: optional(oneOf(8, 16)) })],
  }),
  "prediction.toCoco": () => ({ call: prediction.toCoco.bind(prediction), args: [takes("file", "a.png", optional(isText))] }),
  cocoCells: () => ({
    call: acinus.cocoCells,
    args: [
      {
        ...takes("images", [{ file: "a", prediction }], optional(emptyList)),
        otherwise: "images",
      },
    ],
  }),
  "new PredictionFolder": () => ({
    call: (...given: never[]) => new PredictionFolder(...(given as unknown as [string, ["png"], string[]])),
    args: [path("path", at("out")), takes("formats", ["png"], emptyList), takes("images", ["a.png"], emptyList)],
  }),
  "predictionFolder.add": () => ({
    call: (...given: never[]) =>
      new PredictionFolder(at("out"), ["png"], ["a.png"]).add(...(given as unknown as [string, Prediction])),
    args: [path("image", "a.png"), only("prediction", prediction), options(signal)],
  }),
  "new StripCells": () => ({
    call: (...given: never[]) => new acinus.StripCells(...(given as unknown as [number, number])),
    args: [takes("height", 4, whole(1)), takes("width", 5, whole(1))],
  }),
  "predictor.strips": () => ({
    call: (...given: never[]) => new Predictor(model).strips(...(given as unknown as [acinus.Pixels])),
    args: [takes("image", pixels, isPath), options({ ...progress, pixelSize: optional(between(Number.MIN_VALUE, 1e308)) })],
  }),
  spreadByDice: () => ({ call: acinus.spreadByDice, args: [only("evaluation", evaluation), takes("count", 2, whole())] }),
  panelSamples: () => ({
    call: acinus.panelSamples,
    args: [
      only("predictor", new Predictor(model)),
      only("dataset", validation),
      takes("indices", [0], isNumbers),
      options(signal),
    ],
  }),
  renderPanels: () => ({
    call: acinus.renderPanels,
    args: [
      takes("samples", [sample], emptyList),
      options({ threshold: share, size: optional(whole(1)), heading: optional(isText) }),
    ],
  }),
  compare: () => ({
    call: acinus.compare,
    args: [
      only("data", dataset),
      {
        ...options(
          { ...signal, onEvent: optional(isFunction), output: isPath, seeds: optional(never), size: optional(whole()) },
          { output: at("comparison") },
        ),
        accepts: never,
        otherwise: "output",
      },
    ],
  }),
  runActiveLearning: () => ({
    call: acinus.runActiveLearning,
    args: [
      {
        ...options(
          {
            ...{ ...signal, onEvent: optional(isFunction), folder: isPath, train: never, validation: never },
            ...{ rounds: optional(whole(1)), passes: optional(whole(1)), sampler: optional(never), by: optional(never) },
          },
          { ...{ train: dataset, validation, folder: at("rounds"), model: unsure.config }, trainer: { epochs: 5 } },
        ),
        accepts: never,
        otherwise: "train",
      },
    ],
  }),
  writeReport: () => ({
    call: acinus.writeReport,
    args: [
      path("run", at("run")),
      options({
        ...{ ...progress, images: optional(whole()), data: optional(isPath), output: optional(isPath) },
        ...{ device: optional(oneOf("cpu", "cuda")), reading: optional(isPlain) },
      }),
    ],
  }),
  comparisonTable: () => ({ call: acinus.comparisonTable, args: [only("comparison", emptyComparison)] }),
  comparisonPage: () => ({ call: acinus.comparisonPage, args: [only("comparison", emptyComparison)] }),
  savePanels: () => ({
    call: acinus.savePanels,
    args: [path("path", at("panels.png")), takes("samples", [sample], emptyList), options({ threshold: share })],
  }),
  synthesize: () => ({
    call: acinus.synthesize,
    args: [
      path("folder", at("again")),
      options(
        {
          ...progress,
          images: optional(whole(1)),
          size: optional(never),
          seed: optional(Number.isSafeInteger),
          overwrite: optional(isFlag),
        },
        { images: 2, size: 32, overwrite: true },
      ),
    ],
  }),
  "Sampler.uniform": () => ({ call: Sampler.uniform, args: [only("dataset", dataset), options({ seed: optional(whole()) })] }),
  "Sampler.byComplexity": () => ({
    call: Sampler.byComplexity,
    args: [only("dataset", dataset), options({ seed: optional(whole()), cellWeight: optional(between(0, Number.MAX_VALUE)) })],
  }),
  "Sampler.weighted": () => ({
    call: Sampler.weighted,
    args: [only("dataset", dataset), takes("weights", [1, 2, 3], never), options({ seed: optional(whole()) })],
  }),
  "sampler.draw": () => ({ call: (epoch: never) => Sampler.uniform(dataset).draw(epoch), args: [takes("epoch", 1, whole())] }),
  "new Trainer": () => ({
    call: (...given: never[]) => new Trainer(...(given as unknown as [Model, acinus.TrainerOptions])),
    args: [
      only("model", model),
      {
        ...options({ epochs: optional(whole(1)), sampler: optional(never), device: optional(never) }, training(), "trainer"),
        accepts: never,
      },
    ],
  }),
  "trainer.fit": () => ({
    call: (...given: never[]) => new Trainer(model, training()).fit(...given),
    args: [options({ ...signal, onEvent: optional(isFunction), chooseCells: optional(isFlag) })],
  }),
  "trainer.run": () => ({
    call: (...given: never[]) => new Trainer(model, training()).run(...given),
    args: [options(signal)],
  }),
  "trainer.begin": () => ({ call: (...given: never[]) => trainer.begin(...given), args: [options(signal)] }),
  "trainer.resume": () => ({
    call: (...given: never[]) => trainer.resume(...given),
    args: [takes("file", "nowhere", optional(isText)), options(signal)],
  }),
  "loop.batches": () => ({
    call: loop.batches.bind(loop),
    args: [takes("order", [0, 1], isNumbers), takes("epoch", 0, optional(whole()))],
  }),
  "loop.step": () => ({
    call: loop.step.bind(loop),
    args: [{ ...only("batch", { epoch: 0, indices: Int32Array.of(0, 1) }), otherwise: "batch" }, options(signal)],
  }),
  "loop.setLossWeights": () => ({
    call: loop.setLossWeights.bind(loop),
    args: [{ ...options({ dice: optional(weight), focal: optional(weight) }, { dice: 1 }, "weights"), accepts: isPlain }],
  }),
  "loop.measureStatistics": () => ({ call: loop.measureStatistics.bind(loop), args: [options(signal)] }),
  "loop.endEpoch": () => ({
    call: loop.endEpoch.bind(loop),
    args: [options({ ...signal, onEvent: optional(isFunction) })],
  }),
  "loop.validate": () => ({ call: loop.validate.bind(loop), args: [options(signal)] }),
  "loop.checkpoint": () => ({ call: loop.checkpoint.bind(loop), args: [file("name", "x")] }),
};
/** Nothing in, or without effect: `close`, `toPng`, `finish`, what is only read. */
const takeNothing = new Set(
  [
    "memoryUsage releaseMemory TrainingLoop presets exportFormats predictionFormats layouts",
    "systemNames ablationNames comparedScores",
    "AcinusError ConfigError DataError MaskValueError InstallationError CheckpointError TrainingError fromNative",
  ].flatMap((names) => names.split(" ")),
);
/** Calls whose right arguments need a network, a checkpoint or a folder that is not there. */
const notTried = [
  "new Ensemble", // what is made is closed, and its members with it
  "scorePredictions",
  "compare",
  "runActiveLearning",
  "writeReport",
  "convert",
  "fetchWeights",
  "trainer.resume",
  "loop.checkpoint",
  "trainer.fit",
  "trainer.run",
];

describe("acinus", () => {
  it("is all in the table", () => {
    const listed = Object.keys(calls).map((name) => name.replace(/^new /, "").split(".")[0]);
    const left = Object.keys(acinus).filter((name) => !listed.includes(name) && !takeNothing.has(name));
    expect(left).toEqual([]);
  });

  it.each(Object.keys(calls))("%s refuses every wrong argument by its name", async (name) => {
    const one = { name, ...(calls[name] as () => Omit<Call, "name">)() };
    if (!notTried.includes(name)) await works(one);
    expect(await faults(one)).toEqual([]);
  });

  it("writes nothing where it was refused", () => {
    expect(["a", "b", "nonsense", "undefined", "null"].filter((name) => existsSync(name))).toEqual([]);
  });
});

describe("a wrong array", () => {
  const forward = (data: unknown, at: unknown = shape) => model.forward(data as Float32Array, at as number[]);
  const refusal = (message: RegExp) =>
    expect.objectContaining({ code: "ACINUS_INVALID_ARGUMENT", message: expect.stringMatching(message) });

  it("is refused by its kind, its length, and the state of its memory", async () => {
    await expect(forward(new Float64Array(3072))).rejects.toThrow(
      refusal(/data must be a Float32Array of 3072, not a Float64Array of 3072/),
    );
    await expect(forward(new Uint8Array(3072))).rejects.toThrow(refusal(/data must be a Float32Array.*Uint8Array of 3072/));
    await expect(forward(new Float32Array(3071))).rejects.toThrow(
      refusal(/data holds 3071 values; the shape \[1, 3, 32, 32\] asks for 3072/),
    );
    await expect(forward(new Float32Array(new SharedArrayBuffer(4 * 3072)))).rejects.toThrow(refusal(/SharedArrayBuffer/));
    const gone = new Float32Array(3072);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    await expect(forward(gone)).rejects.toThrow(refusal(/detached/));
  });

  it("is refused in shapes that are none", async () => {
    for (const wrong of [
      [1, 3, 32],
      [1, 4, 24, 32],
      [3072],
      [],
      [1, 3, -32, -32],
      [1, 3, 0.5, 2048],
      [1, 3, Number.NaN, 32],
      [2 ** 40, 2 ** 40],
    ]) {
      await expect(forward(input, wrong), `${wrong}`).rejects.toThrow(refusal(/shape/i));
    }
  });

  it("is taken from where its part of a buffer begins", async () => {
    const whole = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i));
    expect(await forward(whole.subarray(500, 3572))).toEqual(await forward(whole.slice(500, 3572)));
  });

  it("is refused in a state dict by the entry's name", async () => {
    const name = "segmentation_head.0.bias";
    for (const data of [new Float64Array(1), new Uint8Array(1), [0], undefined]) {
      const state = [[name, { data: data as unknown as Float32Array, shape: [1] }]] as const;
      await expect(model.loadStateDict(state, { strict: false })).rejects.toThrow(
        refusal(/the data of the entry "segmentation_head\.0\.bias" must be a Float32Array/),
      );
    }
    const long = [[name, { data: new Float32Array(2), shape: [1] }]] as const;
    await expect(model.loadStateDict(long, { strict: false })).rejects.toThrow(refusal(/holds 2 values/));
  });
});

describe("a closed", () => {
  const closed = expect.objectContaining({ code: "ACINUS_CLOSED" });

  it("model says so, whatever is asked of it", async () => {
    const one = await Model.create({ encoder, inputMode: "drop" });
    const [predictor, evaluator] = [new Predictor(one), new Evaluator(one)];
    one.close();
    one.close();
    const asked = [
      () => one.forward(input, shape),
      () => one.features(input, shape),
      () => one.gradients(new Float32Array(3 * 64 * 64), [1, 3, 64, 64], new Uint8Array(64 * 64)),
      () => one.save(at("closed.safetensors")),
      () => one.loadWeights(at("model.safetensors")),
      () => one.stateDict(),
      () => one.loadStateDict([]),
      () => one.to("cpu"),
      async () => one.device,
      async () => one.entries,
      async () => one.parameterCount,
      () => predictor.predict(pixels),
      () => evaluator.evaluate(validation),
      async () => new Trainer(one, training()),
    ];
    for (const ask of asked) await expect(ask(), String(ask)).rejects.toThrow(closed);
  });

  it("trainer, loop and data set say so", async () => {
    const one = new Trainer(model, training());
    const steps = await one.begin();
    one.close();
    one.close();
    const batch = { epoch: 0, indices: Int32Array.of(0, 1) };
    for (const ask of [
      () => one.fit(),
      () => one.begin(),
      () => one.resume("x"),
      () => one.run().next(),
      () => steps.step(batch),
      () => steps.validate(),
    ]) {
      await expect(ask(), String(ask)).rejects.toThrow(closed);
    }
    const data = await Dataset.open(at("data", "train"));
    data.close();
    data.close();
    expect(() => data.subset([0])).toThrow(closed);
    expect(() => data.split({ validation: 0.5 })).toThrow(closed);
    await expect(new Evaluator(model).evaluate(data)).rejects.toThrow(closed);
  });
});
