import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { Model } from "../../lib/model/model.js";
import { writeFileAtomic } from "../../lib/system/atomic-file.js";
import { root } from "../cli/run.js"; // compiles dist/
import { temporary } from "../temporary.js";
import { inside, written } from "./files.js";

const at = inside(temporary());
const create = { encoder: "efficientnet-b0", seed: 1 } as const;

/** Runs JavaScript in a process that can write no file beyond 1 MiB: the next write fails, as on a full disk. */
function whereTheDiskIsFull(script: string): Promise<string> {
  const from = (path: string) => JSON.stringify(pathToFileURL(`${root}dist/${path}`).href);
  const whole = `import { exportModel, Model } from ${from("lib/index.js")};
    import { writeFileAtomic } from ${from("lib/system/atomic-file.js")};
    try { ${script} } catch ({ name, code, message, file }) { console.log(JSON.stringify({ name, code, message, file })); }`;
  // `ulimit -f` counts 512 bytes (POSIX) or 1 KiB (bash).
  const args = ["-c", 'ulimit -f 1024 && exec "$0" --input-type=module -e "$1"', process.execPath, whole];
  return new Promise((resolve, reject) => {
    execFile("sh", args, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
}

describe("a file that cannot be written whole", () => {
  it("leaves the weights that were there as they were, and nothing beside them", async () => {
    const file = at("model.safetensors");
    using model = await Model.create(create);
    await model.save(file);
    const before = readFileSync(file);
    const said = await whereTheDiskIsFull(
      `const model = await Model.create({ encoder: "efficientnet-b0", seed: 2 }); await model.save(${JSON.stringify(file)});`,
    );
    expect(JSON.parse(said)).toMatchObject({ code: "ACINUS_WRITE_FAILED", message: expect.stringContaining(file), file });
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(dirname(file)).filter((name) => name.includes(basename(file)))).toEqual([basename(file)]);
  });

  it("of PyTorch's format is an error as well, and never ends the process", async () => {
    for (const name of ["model.pth", "model.pt"]) {
      const file = at(name);
      const said = await whereTheDiskIsFull(
        `const model = await Model.create({ encoder: "efficientnet-b0", seed: 2 }); await exportModel(model, ${JSON.stringify(file)});`,
      );
      expect(JSON.parse(said)).toMatchObject({ code: "ACINUS_WRITE_FAILED", message: expect.stringContaining(file), file });
      expect(readdirSync(dirname(file)).filter((other) => other.includes(name))).toEqual([]);
    }
  });

  it("leaves the text that was there as it was", async () => {
    const file = written(at("summary.json"), "what was there");
    const said = await whereTheDiskIsFull(`await writeFileAtomic(${JSON.stringify(file)}, "x".repeat(3e6));`);
    expect(JSON.parse(said)).toMatchObject({ code: "ACINUS_WRITE_FAILED", message: expect.stringContaining(file), file });
    expect(readFileSync(file, "utf8")).toBe("what was there");
    expect(readdirSync(dirname(file)).filter((name) => name.includes("summary"))).toEqual(["summary.json"]);
  });

  it("says so, whichever way a path cannot be a file", async () => {
    const folder = at("folder");
    mkdirSync(folder);
    const beneath = `${written(at("file"), "")}/below`;
    using model = await Model.create(create);
    for (const path of [folder, beneath]) {
      const refusal = { code: "ACINUS_WRITE_FAILED", message: expect.stringContaining(path), file: path };
      await expect(model.save(path)).rejects.toMatchObject(refusal);
      await expect(writeFileAtomic(path, "text")).rejects.toMatchObject(refusal);
    }
    expect(readdirSync(dirname(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("makes the folders on its way", async () => {
    await writeFileAtomic(at("a/b/c.txt"), "text");
    expect(readFileSync(at("a/b/c.txt"), "utf8")).toBe("text");
  });
});
