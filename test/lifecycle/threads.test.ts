import { existsSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { Model, Predictor } from "../../lib/index.js";

const tasks = "/proc/self/task";

it.skipIf(!existsSync(tasks))("one prediction after another is made by the same threads", async () => {
  const predictor = new Predictor(await Model.create({ encoder: "efficientnet-b0", seed: 1 }), { tta: false });
  const predict = () => predictor.predict({ data: new Uint8Array(3 * 32 * 32), width: 32, height: 32 });
  await predict();
  const threads = readdirSync(tasks);
  for (let time = 0; time < 5; time++) await predict();
  expect(readdirSync(tasks)).toEqual(threads);
});
