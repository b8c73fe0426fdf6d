/**
 * What the method's decisions do: short trainings on a folder of data, each with one decision taken the other way, 3 seeds each.
 *
 *   node dist/bench/decisions.js DATA RUNS.jsonl [COUNT] [--only PATTERN]     after npm run build
 *
 * DATA holds train/ and val/ (images/ and masks/ in each), or images and masks whose names begin with the number of their patient, of whom a
 * fifth is for validation. Finished trainings are lines of RUNS.jsonl and are not repeated, so that the comparison can be done in pieces:
 * COUNT trainings a call, by default all; --only takes the variants whose name matches. Then prints the table of those that are done.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { DecodedImage } from "../lib/dataset/decoded.js";
import { readPixels } from "../lib/dataset/types.js";
import {
  Dataset,
  Evaluator,
  Model,
  type ModelOptions,
  Predictor,
  Sampler,
  Trainer,
  type TrainerOptions,
} from "../lib/index.js";

interface Variant {
  model?: ModelOptions;
  train?: Partial<TrainerOptions>;
  sampler?: "uniform" | "v1";
  tta?: boolean;
}
const columns = ["dicePerImage", "diceWithCells", "diceMicro", "boundaryF1", "objectF1", "smallRecall", "diceTiled"] as const;
type Run = { name: string; seed: number } & Record<(typeof columns)[number], number>;

const seeds = [1, 2, 3];
const images = 200; // of the training set, or all: with 200 six epochs are 300 steps
const schedule = { maxLearningRate: 2e-3 };
const settings = { batch: 4, accumulation: 1, device: "cpu", schedule } as const;
const steps = 300;

/** The defaults, and one decision taken the other way each. */
const variants: Record<string, Variant> = {
  "the defaults": {},
  "`edges.dcCompensation: false`": { model: { edges: { dcCompensation: false } } },
  "`edges.l1Normalize: false`": { model: { edges: { l1Normalize: false } } },
  "`edges.beforeAugmentation: true`": { model: { edges: { beforeAugmentation: true } } },
  "`loss.boundary: 0.01`": { train: { loss: { boundary: 0.01 } } },
  "`projectionInit: kaiming`": { model: { projectionInit: "kaiming" } },
  "`inputMode: drop` (no edges)": { model: { inputMode: "drop" } },
  "`inputMode: inflate`": { model: { inputMode: "inflate" } },
  "uniform sampling": { sampler: "uniform" },
  "`complexity: v1`": { sampler: "v1" },
  "`normMomentum: fixed`": { model: { normMomentum: "fixed" } },
  "`edges.scale: fixed`": { model: { edges: { scale: "fixed" } } },
  "`divFactor: 10`, `finalDivFactor: 1e4`": { train: { schedule: { ...schedule, divFactor: 10, finalDivFactor: 1e4 } } },
  "test-time augmentation": { tta: true },
};

const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string", default: "" } },
});
const [data, file, count = "Infinity"] = positionals;
if (!data || !file) throw new Error("usage: node dist/bench/decisions.js DATA RUNS.jsonl [COUNT] [--only PATTERN]");
const wanted = new RegExp(flags.only);
const done: Run[] = existsSync(file)
  ? readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
  : [];
const open = seeds
  .flatMap((seed) => Object.entries(variants).map(([name, variant]) => ({ name, variant, seed })))
  .filter(({ name }) => wanted.test(name))
  .filter(({ name, seed }) => !done.some((run) => run.name === name && run.seed === seed));

if (open.length > 0) {
  const [everything, validation] = await sets(data);
  const length = Math.min(images, everything.length);
  const train = everything.subset(Array.from({ length }, (_, i) => Math.floor((i * everything.length) / length)));
  for (const { name, variant, seed } of open.slice(0, Number(count))) {
    const run = { name, seed, ...(await scores(variant, seed, train, validation)) };
    appendFileSync(file, `${JSON.stringify(run)}\n`);
    done.push(run);
  }
}
print();

async function sets(folder: string): Promise<[train: Dataset, validation: Dataset]> {
  if (existsSync(join(folder, "train")))
    return [await Dataset.open(join(folder, "train")), await Dataset.open(join(folder, "val"))];
  const { train, validation } = (await Dataset.open(folder, { group: /^\d+/ })).split({ validation: 0.2, seed: 1 });
  return [train, validation];
}

/** Trains once and scores the last weights: whole images, and for diceTiled (micro) tiles of half their side. */
async function scores(
  { model: network, train: options, sampler: kind, tta }: Variant,
  seed: number,
  train: Dataset,
  validation: Dataset,
) {
  using model = await Model.create({ encoder: "efficientnet-b0", seed, ...network });
  const sampler = kind === "uniform" ? Sampler.uniform(train) : Sampler.byComplexity(train, { complexity: kind ?? "v2" });
  const epochs = Math.round(steps / Math.ceil(train.length / settings.batch));
  const cropSize = smallestSide(train) / 2;
  const monitor = { every: epochs };
  using trainer = new Trainer(model, { ...settings, epochs, cropSize, train, validation, sampler, seed, monitor, ...options });
  await trainer.fit();
  const { dicePerImage, diceWithCells, diceMicro, boundary, objects } = await new Evaluator(model, { tta }).evaluate(
    validation,
  );
  return {
    dicePerImage: dicePerImage.value,
    diceWithCells: diceWithCells.value,
    diceMicro: diceMicro.value,
    boundaryF1: boundary.f1,
    objectF1: objects.f1,
    smallRecall: objects.smallRecall,
    diceTiled: await tiledDice(model, validation),
  };
}

function smallestSide({ sizes }: Dataset): number {
  return Math.min(...sizes.flatMap(({ height, width }) => [height, width]));
}

async function tiledDice(model: Model, validation: Dataset): Promise<number> {
  const predictor = new Predictor(model, { tile: smallestSide(validation) / 2 });
  let [both, predicted, true_] = [0, 0, 0];
  for (let i = 0; i < validation.length; i++) {
    const { image, mask } = (await validation[readPixels](i)) as { image: DecodedImage; mask: Uint8Array };
    const { mask: found } = await predictor.predict(image);
    for (const [at, cell] of found.entries()) {
      const truth = mask[at] ? 1 : 0;
      predicted += cell ? 1 : 0;
      true_ += truth;
      both += cell ? truth : 0;
    }
  }
  return (2 * both) / (predicted + true_);
}

/** Mean, and in brackets lowest and highest, over the seeds. */
function print(): void {
  const lines = [`| Variant | Seeds | ${columns.join(" | ")} |`, `|---|---|${"---|".repeat(columns.length)}`];
  for (const name of Object.keys(variants)) {
    const runs = done.filter((run) => run.name === name);
    if (runs.length === 0) continue;
    const cells = columns.map((column) => {
      const values = runs.map((run) => run[column]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return `${mean.toFixed(3)} (${Math.min(...values).toFixed(3)}–${Math.max(...values).toFixed(3)})`;
    });
    lines.push(`| ${name} | ${runs.length} | ${cells.join(" | ")} |`);
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}
