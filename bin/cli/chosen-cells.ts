import type { Dataset } from "../../lib/dataset/dataset.js";
import { type ChooseOptions, type ChosenCells, chooseCells } from "../../lib/evaluate/choose-cells.js";
import type { Model } from "../../lib/model/model.js";
import { rewriteCheckpoint } from "../../lib/model/save.js";
import { say } from "./output.js";
import { progress } from "./progress.js";
import { describeRule } from "./separation.js";

/** Chooses how the model's cells are told apart, by images whose cells are known, and writes it into the checkpoint that it is from. */
export async function chooseInto(
  model: Model,
  checkpoint: string,
  data: Dataset,
  options: Pick<ChooseOptions, "precision" | "crf"> & { signal: AbortSignal },
): Promise<ChosenCells | undefined> {
  const bar = progress("Choosing how cells are told apart");
  const { precision, crf, signal } = options;
  let started = false;
  const onProgress = (done: number, total: number) => {
    if (!started) bar.start(total);
    started = true;
    bar.update(done);
  };
  const chosen = await chooseCells(model, data, { precision, crf, signal, onProgress }).finally(() => bar.stop());
  if (!chosen) return undefined;
  model.useCells(chosen.rule);
  await rewriteCheckpoint(model, checkpoint, signal);
  const { rule, f1, plainF1, images, cells } = chosen;
  say(
    `Cells by ${describeRule(rule)}${rule.crf ? ", after a random field" : ""}: object F1 ${f1.toFixed(4)} on ${cells} cells of ${images} images; ` +
      `components at 0.5: ${plainF1.toFixed(4)}.`,
  );
  return chosen;
}
