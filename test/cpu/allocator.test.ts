import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { native } from "../../lib/addon/load.js";
import { memoryUsage, releaseMemory } from "../../lib/system/memory.js";
import "../cli/run.js"; // compiles dist/, which limited.mjs imports
import { numbers } from "../predict/pictures.js";

const exercise = (operations: number[], threads = 1) =>
  native().functional.exerciseAllocator(Float64Array.from(operations), threads);
const free = (entry: number) => -1 - entry;
const MiB = 2 ** 20;

/** Sizes of all orders of magnitude, and frees in no order; at the end some blocks are alive. */
function randomly(count: number, seed: number): number[] {
  const random = numbers(seed);
  const alive: number[] = [];
  return Array.from({ length: count }, (_, entry) => {
    if (alive.length > 0 && (random() < 0.45 || alive.length > 40)) {
      return free(alive.splice(Math.floor(random() * alive.length), 1)[0] as number);
    }
    alive.push(entry);
    return random() < 0.05 ? 0 : Math.floor(2 ** (23 * random()));
  });
}

/** Bytes alive at the end of the operations, and the most that ever were. */
function reckoned(operations: number[]): { alive: number; most: number } {
  let [alive, most] = [0, 0];
  for (const operation of operations) {
    alive += operation >= 0 ? operation : -(operations[-1 - operation] as number);
    most = Math.max(most, alive);
  }
  return { alive, most };
}

/** A small block may take up to an eighth more for its size class, a large one 64 KiB of another's rest; and each its header. */
function expectFor(bytes: number, blocks: number, found: number): void {
  expect(found).toBeGreaterThanOrEqual(bytes);
  expect(found).toBeLessThanOrEqual(bytes * 1.125 + (128 + 65_536) * blocks);
}

beforeEach(releaseMemory);

describe("the allocator of tensors", () => {
  it.each([1, 2, 3, 4, 5])("aligns every block and keeps what was written to it, sequence %d", (seed) => {
    const operations = randomly(400, seed);
    const before = memoryUsage();
    const { aligned, intact, current, peak } = exercise(operations);
    expect([aligned, intact]).toEqual([true, true]);
    const { alive, most } = reckoned(operations);
    expectFor(alive, 41, current - before.current);
    expect(peak).toBeGreaterThanOrEqual(before.current + most);
    expect(memoryUsage().current).toBe(before.current);
  });

  it("gives the smallest and the awkward sizes too", () => {
    const sizes = [
      0,
      1,
      63,
      64,
      65,
      4095,
      4096,
      65_535,
      65_536,
      65_537,
      MiB - 65,
      MiB - 64,
      MiB - 63,
      MiB,
      MiB + 1,
      4 * MiB + 1,
    ];
    expect(exercise(sizes)).toMatchObject({ aligned: true, intact: true });
  });

  it("serves a freed block again, without taking more from the system", () => {
    const size = 3 * MiB;
    const before = memoryUsage();
    const cycles = Array.from({ length: 50 }, (_, i) => [size, free(2 * i)]).flat();
    const { current, cached } = exercise(cycles);
    expect(current).toBe(before.current);
    expectFor(size, 1, cached - before.cached);
  });

  it("serves any size from what others left: neighbours are joined, and what is too large is split", () => {
    const before = memoryUsage();
    const held = (operations: number[]) => {
      const { current, cached } = exercise(operations);
      return current + cached - before.current - before.cached;
    };
    const freed = [0, 2, 4, 1, 3].map(free); // in no order
    expectFor(53 * MiB, 5, held([...[5, 7, 11, 13, 17].map((size) => size * MiB), ...freed, 53 * MiB]));
    const pieces = Array.from({ length: 53 }, () => MiB - 64);
    expectFor(53 * MiB - 53 * 64, 5, held(pieces));
  });

  it("takes little more than the most that was ever alive, whatever the order of the sizes", () => {
    const operations = randomly(4000, 9).map((operation) => (operation > 0 ? operation + 65_536 : operation));
    const before = memoryUsage();
    const { cached, current, peak } = exercise(operations);
    expect(current + cached - before.current).toBeLessThan(1.25 * (peak - before.current));
  });

  it("knows the most that was ever alive, and keeps it after the blocks are gone", () => {
    const size = 2 * memoryUsage().peak + 8 * MiB;
    const { peak } = exercise([size, free(0), size / 2]);
    expectFor(size, 1, peak - memoryUsage().current);
    expect(memoryUsage().peak).toBe(peak);
  });

  it("gives what it keeps back when asked, and what is alive stays", () => {
    exercise([8 * MiB, 16 * MiB, 100_000]);
    const kept = memoryUsage();
    expect(kept.cached).toBeGreaterThanOrEqual(24 * MiB);
    releaseMemory();
    expect(memoryUsage()).toEqual({ ...kept, cached: 0 });
  });

  it("gives the memory back to the system, not only to its own books", () => {
    const resident = () => process.memoryUsage.rss();
    const size = 200 * MiB;
    exercise([size]);
    const held = resident();
    releaseMemory();
    expect(held - resident()).toBeGreaterThan(0.9 * size);
  });

  it("keeps no more than half as much again as was ever alive", () => {
    // Ever other sizes, one block at a time: nothing fits again.
    const sizes = Array.from({ length: 30 }, (_, i) => 10 * MiB + i * 5 * MiB);
    exercise(sizes.flatMap((size, i) => [size, free(2 * i)]));
    const { peak, cached } = memoryUsage();
    expect(cached).toBeLessThanOrEqual(Math.max(1.5 * peak, 256 * MiB));
  });

  it("serves two and four threads at once, each its own blocks, and frees on one what another made", () => {
    for (const threads of [2, 4]) {
      const before = memoryUsage();
      const operations = randomly(300, 10 + threads);
      const { aligned, intact, current } = exercise(operations, threads);
      expect([aligned, intact]).toEqual([true, true]);
      expectFor(threads * reckoned(operations).alive, 41 * threads, current - before.current);
      expect(memoryUsage().current).toBe(before.current);
    }
  });

  it("reserves an eighth of a limited address space at a time, and leaves the rest to others", () => {
    const limit = 32 * 2 ** 30;
    const script = fileURLToPath(new URL("limited.mjs", import.meta.url));
    const command = `ulimit -v ${limit / 1024} && exec "$0" "$1"`;
    const { sound, grown } = JSON.parse(execFileSync("bash", ["-c", command, process.execPath, script], { encoding: "utf8" }));
    expect(sound).toBe(true);
    expect(grown).toBeGreaterThan(1100 * MiB);
    expect(grown).toBeLessThan(limit / 8 + 256 * MiB);
  });

  it("refuses more than there can be with a typed error, and works on", () => {
    expect(() => exercise([2 ** 62])).toThrow(expect.objectContaining({ code: "ACINUS_OUT_OF_MEMORY" }));
    expect(exercise([MiB])).toMatchObject({ aligned: true, intact: true });
  });
});
