/** What scripts see of the allocator of tensors; the allocator itself is tested in native/test/cpu. */
import { beforeEach, expect, it } from "vitest";
import { memoryUsage, releaseMemory } from "../../lib/addon/memory.js";
import { dropConnectMask } from "../../lib/functional/index.js";
import { Model } from "../../lib/model/model.js";

const MiB = 2 ** 20;

beforeEach(releaseMemory);

it("the memory of tensors is told while they live, kept for reuse afterwards, and given back when asked", async () => {
  const before = memoryUsage();
  const model = await Model.create({ encoder: "efficientnet-b0" });
  const during = memoryUsage();
  expect(during.current - before.current).toBeGreaterThan(25 * MiB); // 6.6 million float32 weights
  expect(during.peak).toBeGreaterThanOrEqual(during.current);
  model.close();
  const after = memoryUsage();
  expect(after.current).toBeLessThan(before.current + MiB);
  expect(after.cached).toBeGreaterThan(20 * MiB);
  releaseMemory();
  expect(memoryUsage()).toMatchObject({ cached: 0, peak: after.peak });
});

it("more memory than there can be is refused with a typed error, and work goes on", () => {
  const where = { block: 1, probability: 0.5 };
  expect(() => dropConnectMask({ ...where, batch: 2 ** 52 })).toThrow(
    expect.objectContaining({ code: "ACINUS_OUT_OF_MEMORY" }),
  );
  expect(dropConnectMask({ ...where, batch: 3 })).toHaveLength(3);
});
