/** The rooms of lib/ and their arrows (CONTRIBUTING.md), read from what the sources import. Imports of types count as well. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../pages.js";

/** What a room of lib/ is built on, beside what that is built on. `errors.ts` lies below all rooms, `index.ts` above them. */
const below: Record<string, string[]> = {
  doctor: ["setup", "train", "synth"],
  report: ["compare"],
  compare: ["active", "render"],
  active: ["train", "predict"],
  setup: ["addon", "pip"],
  render: ["predict", "evaluate"],
  train: ["evaluate", "model"],
  run: ["dataset", "hub"],
  predict: ["dataset"],
  evaluate: ["run"],
  export: ["model"],
  import: ["model"],
  model: ["functional", "hub"],
  functional: ["addon"],
  dataset: ["addon"],
  addon: ["config", "system"],
  config: ["system"],
  hub: ["pip"],
  pip: ["system"],
  synth: ["system"],
  system: [],
};

function reachable(room: string): string[] {
  return [room, ...(below[room] as string[]).flatMap(reachable)];
}

const lib = join(root, "lib");
const files = readdirSync(lib, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.(ts|mjs)$/.test(file))
  .map((file) => file.split(sep).join("/"));

/** The files of lib/ that a file of lib/ imports, statically or not. */
function imports(file: string): string[] {
  const source = readFileSync(join(lib, file), "utf8");
  return Array.from(source.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g), ([, path = ""]) => {
    const target = relative(lib, join(lib, dirname(file), path))
      .split(sep)
      .join("/");
    return target.replace(/\.js$/, ".ts");
  });
}
const graph = new Map(files.map((file) => [file, imports(file)]));

/** Every path of imports that comes back to where it began; a file or room stands in one of them only. */
function circles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (node: string, path: string[]) => {
    const at = path.indexOf(node);
    if (at >= 0) found.push([...path.slice(at), node]);
    if (at >= 0 || done.has(node)) return;
    for (const next of edges.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
  return found;
}

const roomOf = (file: string) => /^([^/]+)\//.exec(file)?.[1];

describe("lib", () => {
  it("has the rooms that the arrows name, and two loose files", () => {
    expect([...new Set(files.map(roomOf))].filter(Boolean).sort()).toEqual(Object.keys(below).sort());
    expect(files.filter((file) => !roomOf(file)).sort()).toEqual(["errors.ts", "index.ts"]);
  });

  it("imports files that exist", () => {
    const targets = [...graph].flatMap(([file, list]) => list.map((target) => ({ file, target })));
    expect(targets.length).toBeGreaterThan(files.length);
    expect(targets.filter(({ target }) => !graph.has(target))).toEqual([]);
  });

  it.each(Object.keys(below))("%s imports only what is below it", (room) => {
    const allowed = reachable(room);
    const wrong = files
      .filter((file) => roomOf(file) === room)
      .flatMap((file) => imports(file).map((target) => `${file} → ${target}`))
      .filter((arrow) => {
        const target = arrow.split(" → ")[1] as string;
        return target !== "errors.ts" && !allowed.includes(roomOf(target) ?? "");
      });
    expect(wrong).toEqual([]);
  });

  it("has no circle of imports", () => {
    expect(circles(graph).map((path) => path.join(" → "))).toEqual([]);
  });
});

it("a circle is found wherever it begins", () => {
  const edges = new Map([
    ["a", ["b"]],
    ["b", ["c"]],
    ["c", ["d", "b"]],
    ["d", []],
  ]);
  expect(circles(edges)).toEqual([["b", "c", "b"]]);
});

describe("what takes long to load is loaded when it is needed", () => {
  const sources = (folder: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => ({ file: `${folder}/${file}`, text: readFileSync(join(root, folder, file), "utf8") }));
  /** Every import and export that is carried out with the file: not those of types, nor those inside of a function. */
  const loaded = (text: string) =>
    Array.from(text.matchAll(/^(?:import|export)(?! type\b)[^;]*?from "([^"]+)"/gm), ([, name]) => name as string);

  it("lib: images, charts, and the client of the hub", () => {
    const found = sources("lib").flatMap(({ file, text }) => loaded(text).map((name) => `${file}: ${name}`));
    expect(found.length).toBeGreaterThan(files.length);
    expect(found.filter((line) => /: (sharp|vega|vega-lite|@huggingface\/hub)$/.test(line))).toEqual([]);
  });

  it("bin: the benchmark", () => {
    const found = sources("bin").flatMap(({ file, text }) => loaded(text).map((name) => `${file}: ${name}`));
    expect(found.filter((line) => line.includes("/bench/"))).toEqual([]);
  });
});
