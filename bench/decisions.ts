/**
 * What the method's decisions do: short trainings on a folder of data, each with one decision taken the other way, 3 seeds each.
 *
 *   node dist/bench/decisions.js DATA RUNS.jsonl [COUNT]     after npm run build
 *
 * DATA holds train/ and val/ (images/ and masks/ in each). Finished trainings are lines of RUNS.jsonl and are not repeated, so that the
 * comparison can be done in pieces: COUNT trainings a call, by default all. Then prints the table of those that are done.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Dataset, Evaluator, Model, type ModelOptions, Sampler, Trainer, type TrainerOptions } from "../lib/index.js";

interface Variant {
  model?: ModelOptions;
  train?: Partial<TrainerOptions>;
  uniform?: boolean;
  tta?: boolean;
}
const columns = ["dicePerImage", "diceWithCells", "diceMicro", "boundaryF1", "objectF1", "smallRecall"] as const;
type Run = { name: string; seed: number } & Record<(typeof columns)[number], number>;

const seeds = [1, 2, 3];
const images = 200; // of the training set: 300 steps, after which BatchNorm's running statistics have arrived
const schedule = { maxLearningRate: 2e-3 };
const settings = { epochs: 6, batch: 4, accumulation: 1, cropSize: 64, device: "cpu", schedule } as const;

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
  "uniform sampling": { uniform: true },
  "`divFactor: 10`, `finalDivFactor: 1e4`": { train: { schedule: { ...schedule, divFactor: 10, finalDivFactor: 1e4 } } },
  "test-time augmentation": { tta: true },
};

const [data, file, count = "Infinity"] = process.argv.slice(2);
if (!data || !file) throw new Error("usage: node dist/bench/decisions.js DATA RUNS.jsonl [COUNT]");
const done: Run[] = existsSync(file)
  ? readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
  : [];
const open = seeds
  .flatMap((seed) => Object.entries(variants).map(([name, variant]) => ({ name, variant, seed })))
  .filter(({ name, seed }) => !done.some((run) => run.name === name && run.seed === seed));

if (open.length > 0) {
  const everything = await Dataset.open(join(data, "train"));
  const train = everything.subset(Array.from({ length: images }, (_, i) => Math.floor((i * everything.length) / images)));
  const validation = await Dataset.open(join(data, "val"));
  for (const { name, variant, seed } of open.slice(0, Number(count))) {
    const run = { name, seed, ...(await scores(variant, seed, train, validation)) };
    appendFileSync(file, `${JSON.stringify(run)}\n`);
    done.push(run);
  }
}
print();

/** Trains once and scores the last weights. */
async function scores(
  { model: network, train: options, uniform, tta }: Variant,
  seed: number,
  train: Dataset,
  validation: Dataset,
) {
  using model = await Model.create({ encoder: "efficientnet-b0", seed, ...network });
  const sampler = uniform ? Sampler.uniform(train) : Sampler.byComplexity(train);
  const monitor = { every: settings.epochs };
  using trainer = new Trainer(model, { ...settings, train, validation, sampler, seed, monitor, ...options });
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
  };
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
