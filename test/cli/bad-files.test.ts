import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Model } from "../../lib/model/model.js";
import { writeImage, writeMask } from "../dataset/folder.js";
import { temporary } from "../temporary.js";
import { acinus } from "./run.js";

it("predict and evaluate name a file that cannot be read, do all others, and end with code 1", async () => {
  const [folder, weights] = [temporary(), join(temporary(), "model.safetensors")];
  for (const name of ["a", "c"]) await writeImage(join(folder, `images/${name}.png`), { size: 64 });
  for (const name of ["a", "b", "c"]) await writeMask(join(folder, `masks/${name}.png`), { size: 64 });
  const bad = join(folder, "images/b.png");
  writeFileSync(bad, "");
  using model = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
  await model.save(weights);
  const predicted = await acinus(["predict", weights, join(folder, "images"), "-o", join(temporary(), "out"), "--json"]);
  const found = JSON.parse(predicted.stdout) as { images: unknown[]; problems: { file: string }[] };
  expect([predicted.code, found.images.length, found.problems.map(({ file }) => file)]).toEqual([1, 2, [bad]]);
  const evaluated = await acinus(["evaluate", weights, folder]);
  expect([evaluated.code, evaluated.stderr]).toEqual([
    1,
    expect.stringContaining(`The image ${bad} cannot be read: it is an empty file`),
  ]);
  expect(evaluated.stdout).toContain("Dice");
});
