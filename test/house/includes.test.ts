/** The arrows of CONTRIBUTING.md, read from what the sources include and import. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../pages.js";

/** What a room of native/core is built on, beside what that is built on. */
const below: Record<string, string[]> = {
  doctor: ["train"],
  train: ["eval"],
  eval: ["predict"],
  predict: ["model", "loss", "image", "data", "io"],
  data: ["image"],
  model: ["io", "ops"],
  loss: ["ops"],
  image: ["ops"],
  io: ["ops"],
  ops: ["cpu"],
  cpu: [],
};

function reachable(room: string): string[] {
  return [room, ...(below[room] as string[]).flatMap(reachable)];
}

/** "FILE: what it names" of every file below the folder with one of those endings; `pattern` has one group. */
function named(folder: string, ending: RegExp, pattern: RegExp): { file: string; name: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => ending.test(file))
    .flatMap((file) =>
      Array.from(readFileSync(join(root, folder, file), "utf8").matchAll(pattern), (match) => ({
        file: `${folder}/${file}`,
        name: match[1] as string,
      })),
    );
}
const includes = (folder: string) => named(folder, /\.(cpp|h)$/, /^#include [<"]([^>"]+)[>"]/gm);

describe("native/core", () => {
  const rooms = readdirSync(join(root, "native/core"), { withFileTypes: true }).filter((entry) => entry.isDirectory());

  it("has the rooms that the arrows name", () => {
    expect(rooms.map(({ name }) => name).sort()).toEqual(Object.keys(below).sort());
  });

  it.each(Object.keys(below))("%s includes only what is below it", (room) => {
    const allowed = reachable(room);
    const found = includes(`native/core/${room}`);
    expect(found.length).toBeGreaterThan(0);
    const wrong = found.filter(({ name }) => {
      const [, other] = /^core\/(\w+)\//.exec(name) ?? [];
      return other !== undefined && !allowed.includes(other);
    });
    expect(wrong).toEqual([]);
  });

  const inRoom = (folder: string, pattern: RegExp) => named(`native/core/${folder}`, /\.(cpp|h)$/, pattern);
  const cpuCode = /(\bcpu::\w+|\bon_cpu::\w+|core\/(?:ops\/)?cpu\/\w+)/g;

  it.each(["model", "image", "loss", "train", "eval", "predict"])("%s names no code of the CPU: ops chooses", (room) => {
    // The allocator's peak is what the estimate of a CPU step measures.
    const found = inRoom(room, cpuCode).filter(({ file }) => file !== "native/core/train/memory_estimate.cpp");
    expect(found).toEqual([]);
  });

  it("the doors of ops name no code of the CPU", () => {
    const found = inRoom("ops", cpuCode).filter(({ file }) => /\.h$/.test(file) && !file.includes("/ops/cpu/"));
    expect(found).toEqual([]);
  });

  it("only the places named here wait for a value of a tensor during a step", () => {
    const waits = ["ops", "model", "loss", "image", "train"].flatMap((room) => inRoom(room, /(\.item[<(])/g));
    const allowed = ["native/core/train/optimizer.cpp"]; // finite or not; and a position that is restored
    expect(waits.map(({ file }) => file).filter((file) => !allowed.includes(file))).toEqual([]);
  });

  it.each(["core", "test"])("native/%s knows nothing of Node", (floor) => {
    expect(includes(`native/${floor}`).filter(({ name }) => /^(binding\/|loader\/|napi|node_api)/.test(name))).toEqual([]);
  });

  it("and the binding know nothing of the tests", () => {
    const found = [...includes("native/core"), ...includes("native/binding")];
    expect(found.filter(({ name }) => name.startsWith("test/"))).toEqual([]);
  });
});

it("the CUDA kernels know nothing of LibTorch, of the core or of Node", () => {
  const found = named("native/cuda", /\.(cu|cuh|h)$/, /^#include [<"]([^>"]+)[>"]/gm);
  expect(found.length).toBeGreaterThan(0);
  // The shim stands in for CUDA's own headers where g++ compiles the kernels.
  const known = /^(cuda\/\w+\.(h|cuh)|cuda_\w+\.h|stdint\.h|test\/cuda\/shim\.h)$/;
  expect(found.filter(({ name }) => !known.test(name))).toEqual([]);
});

it("napi.h comes into native/binding through js.h alone", () => {
  const found = includes("native/binding").filter(({ name }) => /^(napi\.h|node_api\.h)$/.test(name));
  expect(found.map(({ file }) => file)).toEqual(["native/binding/js.h"]);
});

it("lib imports nothing of the floor above it", () => {
  const imports = named("lib", /\.(ts|mjs)$/, /\bfrom "((?:\.\.\/)+[^"]+)"/g);
  expect(imports.length).toBeGreaterThan(0);
  expect(imports.filter(({ name }) => /^(\.\.\/)+(bin|bench|test|tools)\//.test(name))).toEqual([]);
});
