/** Files of earlier versions, in which scores had other names. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { savedEvaluation } from "../../lib/report/saved-evaluation.js";
import { readLog } from "../../lib/run/read-log.js";
import { temporary } from "../temporary.js";

it("a summary with its pixel scores in groups is read under today's names", async () => {
  const path = join(temporary(), "summary.json");
  const group = (dice: number) => ({ dice, iou: dice / 2, precision: 0.1, recall: 0.2, specificity: null });
  const interval = { value: 0.5, low: 0.4, high: 0.6 };
  const image = { index: 0, outlier: false, pixel: group(0.7), files: { image: "a.png", mask: null } };
  const former = {
    ...{ format: "acinus-summary-1", images: 1, undefined: 3, undefinedScores: { dice: 0, f1: 2 } },
    ...{ micro: group(0.7), perImage: group(0.5), perImageWithCells: group(0.6) },
    ...{ dicePerImage: interval, diceWithCells: interval, diceMicro: interval, iouMicro: interval, perImageScores: [image] },
  };
  writeFileSync(path, JSON.stringify(former));
  const read = await savedEvaluation(path);
  expect(read).toMatchObject({ dicePerImage: interval, iouMicro: interval, iouPerImage: 0.25, precisionMicro: 0.1 });
  expect(read).toMatchObject({ undefinedScores: { dice: 0, boundaryF1: 2 }, specificityWithCells: Number.NaN });
  for (const name of ["micro", "perImage", "perImageWithCells", "undefined"]) expect(read).not.toHaveProperty(name);
});

it("a log whose validations say dice is read under today's names", () => {
  const path = join(temporary(), "metrics.jsonl");
  const scores = { dice: 0.8, diceMicro: 0.9 };
  writeFileSync(
    path,
    `${JSON.stringify({ type: "epoch", epoch: 0, terms: { dice: 0.3 }, validation: scores, ema: scores })}\n`,
  );
  const today = { dicePerImage: 0.8, diceMicro: 0.9 };
  expect(readLog(path)).toEqual([{ type: "epoch", epoch: 0, terms: { dice: 0.3 }, validation: today, ema: today }]);
});
