/** A run of an earlier version, whose config.json does not say which formula weighed its images. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { synthesize } from "../../lib/synth/synthesize.js";
import { temporary } from "../temporary.js";
import { acinus } from "./run.js";

it("goes on with the former formula, and refuses the new one by name", async () => {
  const data = join(temporary(), "data");
  await synthesize(data, { images: 10, size: 64, seed: 4, validation: 0.3, emptyShare: 0.3 });
  const run = join(temporary(), "run");
  const args = (epochs: number, ...more: string[]) => [
    ...["train", join(data, "train"), "--validation", join(data, "val"), "-o", run, "--preset", "fast", "--weights", "random"],
    ...["--architecture", "unet", "--batch", "4", "--threads", "1", "--epochs", String(epochs), ...more],
  ];
  const first = await acinus(args(1, "--set", "complexity=v1"));
  expect(first.code, first.stderr).toBe(0);
  const file = join(run, "config.json");
  const config = JSON.parse(readFileSync(file, "utf8"));
  expect(config.data.sampler.complexity).toBe("v1");
  delete config.data.sampler.complexity;
  delete config.model.normMomentum;
  delete config.model.edges.scale;
  delete config.model.edges.gain;
  delete config.start;
  writeFileSync(file, JSON.stringify(config));

  const other = await acinus(args(2, "--resume", "--set", "complexity=v2"));
  expect(other.code).toBe(2);
  expect(other.stderr).toMatch(/data\.sampler\.digest was .*complexity: "v1"/s);
  const again = await acinus(args(2, "--resume"));
  expect(again.code, again.stderr).toBe(0);
  expect(JSON.parse(readFileSync(file, "utf8")).data.sampler.complexity).toBe("v1");
  expect(JSON.parse(readFileSync(file, "utf8")).model).toMatchObject({ normMomentum: "adaptive", edges: { scale: "image" } });
});
