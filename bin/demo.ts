#!/usr/bin/env node
/**
 * `npm run demo`: the whole path on synthetic nuclei, in minutes on two cores. Draws a data set, trains the Enhanced system with a small encoder,
 * scores it on images that neither training nor the choice of the best epoch has seen, and draws what it does with them.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Dataset } from "../lib/dataset/dataset.js";
import { Evaluator } from "../lib/evaluate/evaluator.js";
import { scoresTable } from "../lib/evaluate/summary.js";
import { writeSummary } from "../lib/evaluate/summary-files.js";
import { Model } from "../lib/model/model.js";
import { Predictor } from "../lib/predict/predictor.js";
import { panelSamples, spreadByDice } from "../lib/render/evaluation.js";
import { savePanels } from "../lib/render/panels.js";
import { checkpointName } from "../lib/run/files.js";
import { type SynthesizeOptions, synthesize } from "../lib/synth/synthesize.js";
import { requireWritable } from "../lib/system/output-file.js";
import { packageRoot } from "../lib/system/paths.js";
import { Sampler } from "../lib/train/sampler.js";
import { Trainer } from "../lib/train/trainer.js";
import { perform } from "./cli/command.js";
import { colors } from "./cli/output.js";
import { duration, progress } from "./cli/progress.js";
import { trainingProgress } from "./cli/training-progress.js";

const folder = join(packageRoot(), "demo");
const data = join(folder, "data");
const run = join(folder, "run");
const picture = join(folder, "panels.png");

const tiles = {
  images: 360,
  size: 96,
  seed: 1,
  validation: 0.1,
  test: 0.2,
  emptyShare: 0.6,
  style: "both",
} satisfies SynthesizeOptions;

await perform({}, async ({ signal }) => {
  const start = performance.now();
  await requireWritable(picture);
  await makeData(signal);
  using train = await Dataset.open(join(data, "train"), { signal });
  using validation = await Dataset.open(join(data, "val"), { signal });
  using test = await Dataset.open(join(data, "test"), { signal });
  using model = await Model.create({ encoder: "efficientnet-b0", seed: 1, signal });
  using trainer = new Trainer(model, {
    ...{ train, validation, sampler: Sampler.byComplexity(train), runFolder: run, overwrite: true },
    // About 630 steps. Batches of 8: a batch of 4 is sometimes all dark or all stained, and a network trained with such statistics can fail
    // with the running ones. For averaged weights these are measured anew before each validation.
    ...{ epochs: 20, batch: 8, accumulation: 1, cropSize: 64, seed: 1 },
    ...{ schedule: { maxLearningRate: 1.5e-3 }, monitor: { every: 2, weightEma: 0.98 } },
  });
  const bar = progress("Training");
  await trainer.fit({ signal, onEvent: trainingProgress(bar) }).finally(() => bar.stop());

  using best = await Model.load(join(run, checkpointName("best")), { signal });
  const scores = await new Evaluator(best).evaluate(test, { signal });
  const summary = await writeSummary(run, scores, { data: join(data, "test"), weights: checkpointName("best") });
  const chosen = spreadByDice(scores, 5);
  const heading = `Held-out synthetic nuclei: Dice per image ${scores.dicePerImage.value.toFixed(3)}`;
  await savePanels(picture, await panelSamples(new Predictor(best), test, chosen, { signal }), { heading, size: 192 });
  process.stdout.write(`${report(scores.dicePerImage.value, scoresTable(scores), summary, start)}\n`);
  return 0;
});

/** Uses a complete set that was made with the same options again. */
async function makeData(signal: AbortSignal): Promise<void> {
  const index = join(data, "index.json");
  if (existsSync(index)) {
    const made = JSON.parse(readFileSync(index, "utf8")) as Record<string, unknown>;
    if (Object.entries(tiles).every(([key, value]) => made[key] === value)) return;
  }
  const bar = progress("Drawing tiles");
  const onProgress = (done: number, total: number) => (done === 1 ? bar.start(total, done) : bar.update(done));
  await synthesize(data, { ...tiles, overwrite: true, signal, onProgress }).finally(() => bar.stop());
}

function report(dice: number, table: string, summary: string, start: number): string {
  const here = (path: string) => relative("", path) || ".";
  return [
    "",
    `On ${tiles.images * tiles.test} images that training has not seen:`,
    "",
    table,
    "",
    `Dice ${colors.bold(dice.toFixed(3))} per image, after ${duration((performance.now() - start) / 1000)}. Look at:`,
    `  ${here(picture)}   image, truth, probability and errors`,
    `  ${here(summary)}   every score, by image`,
    `  ${here(run)}   weights, settings and the course of training`,
  ].join("\n");
}
