import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type RunConfig, RunFolder } from "../../lib/run/run-folder.js";
import { writeOutput } from "../../lib/system/output-file.js";
import { safetensors, written } from "../io/files.js";
import { temporary } from "../temporary.js";

const config = { acinus: "0.1.0", model: {}, train: {}, data: {} } as unknown as RunConfig;
const splits = { train: [], validation: [] };
const checkpoint = safetensors({ __metadata__: { format: "pt", acinus: "{}" } });
const state = safetensors({ __metadata__: { weights_checksum: "0" } });
const named = (path: string) => JSON.stringify({ type: "checkpoint", epoch: 0, path, kind: "named" });

let path: string;
let folder: RunFolder;
const at = (name: string) => join(path, name);
beforeEach(() => {
  path = join(temporary(), "run");
  folder = new RunFolder(path);
});

/** The files that a run leaves, its own and those of `evaluate`. */
async function finishedRun(): Promise<void> {
  mkdirSync(path, { recursive: true });
  await folder.create(config, splits, false);
  await folder.noteSession(config, { epoch: 0, batch: 0, step: 0 }, []);
  for (const name of ["best", "last", "mine"]) written(at(`checkpoint-${name}.safetensors`), checkpoint);
  written(at("checkpoint-last.safetensors.state"), state);
  written(at("metrics.jsonl"), `{"type":"start"}\n${named(at("checkpoint-mine.safetensors"))}\n`);
  await writeOutput(at("validation/summary.json"), '{"format":"acinus-summary-1"}');
  await writeOutput(at("evaluation/test.json"), '{"format":"acinus-summary-1"}');
}

/** Everything below a folder with its content. */
function contents(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "latin1")]),
  );
}

describe("overwrite", () => {
  it("removes what the run wrote, checkpoints that it named too, and begins a new one", async () => {
    await finishedRun();
    await folder.create(config, splits, true);
    expect(readdirSync(path).sort()).toEqual(["config.json", "splits.json"]);
  });

  it("leaves what the user put into the folder", async () => {
    await finishedRun();
    const own = [
      ...[
        "validation/images/1.png",
        "report/notes.txt",
        "checkpoint-kept.safetensors",
        "notes.md",
        "report2/a",
        "config.json.bak",
      ],
      ...[
        "my-config.json",
        "summary.json",
        "checkpoint-.safetensors",
        "checkpoint-best.pth",
        "checkpoint-best.safetensors.old",
      ],
      ...["checkpoint-best.state", "my-checkpoint-best.safetensors"],
    ];
    for (const name of own) {
      mkdirSync(join(at(name), ".."), { recursive: true });
      written(at(name), name.startsWith("checkpoint") ? checkpoint : name);
    }
    await folder.create(config, splits, true);
    for (const name of own) expect(existsSync(at(name)), name).toBe(true);
    expect(existsSync(at("validation/summary.json"))).toBe(false);
  });

  it.each([
    [
      "images and masks of the user's under a run's names",
      ["validation/images/1.png", "validation/masks/1.png", "report/a.html"],
    ],
    ["a configuration of another program", ["config.json"]],
    ["checkpoints of another program", ["checkpoint-best.safetensors", "checkpoint-10.pt"]],
    ["a log of another program", ["metrics.jsonl"]],
  ])("refuses a folder that holds %s, and touches nothing", async (_, names) => {
    for (const name of names) {
      mkdirSync(join(at(name), ".."), { recursive: true });
      written(at(name), '{"learning_rate": 1}');
    }
    const before = contents(path);
    const refusal = { code: expect.stringMatching(/^ACINUS_(NOT_A_RUN|FILE_EXISTS)$/), message: expect.stringContaining(path) };
    await expect(folder.create(config, splits, true)).rejects.toMatchObject(refusal);
    await expect(folder.requireStart("overwrite")).rejects.toMatchObject(refusal);
    expect(contents(path)).toEqual(before);
  });

  it("refuses a run beside a file of the user's that has a run's name", async () => {
    await finishedRun();
    written(at("checkpoint-last.safetensors"), "weights of another program");
    const before = contents(path);
    await expect(folder.create(config, splits, true)).rejects.toMatchObject({
      code: "ACINUS_FILE_EXISTS",
      file: at("checkpoint-last.safetensors"),
    });
    expect(contents(path)).toEqual(before);
  });

  it("refuses when the training starts from a file that it would remove, however that is named", async () => {
    await finishedRun();
    const link = join(temporary(), "pretrained.safetensors");
    symlinkSync(at("checkpoint-best.safetensors"), link);
    for (const weights of [at("checkpoint-best.safetensors"), `${path}/../run/./checkpoint-best.safetensors`, link]) {
      await expect(folder.create(config, splits, true, [weights])).rejects.toMatchObject({
        code: "ACINUS_FILE_EXISTS",
        file: weights,
      });
    }
    expect(existsSync(at("checkpoint-best.safetensors"))).toBe(true);
  });

  it("does not reach through a link", async () => {
    await finishedRun();
    const elsewhere = temporary();
    written(join(elsewhere, "summary.json"), '{"format":"acinus-summary-1"}');
    rmSync(at("validation"), { recursive: true });
    symlinkSync(elsewhere, at("validation"));
    await folder.create(config, splits, true);
    expect(readdirSync(elsewhere)).toEqual(["summary.json"]);
    rmSync(at("config.json"));
    symlinkSync(written(join(elsewhere, "config.json"), JSON.stringify(config)), at("config.json"));
    await expect(folder.create(config, splits, true)).rejects.toMatchObject({ code: "ACINUS_FILE_EXISTS" });
  });

  it("goes on where it was interrupted, and takes an empty or missing folder", async () => {
    await finishedRun();
    rmSync(at("config.json")); // removed, and killed before the rest
    await folder.create(config, splits, true);
    rmSync(path, { recursive: true });
    mkdirSync(path);
    await folder.create(config, splits, true);
    expect(readdirSync(path).sort()).toEqual(["config.json", "splits.json"]);
  });
});

describe("a new run", () => {
  it("begins beside files of the user's, and over one that never came to its configuration", async () => {
    mkdirSync(path);
    written(at("notes.txt"), "mine");
    written(at("splits.json"), JSON.stringify(splits));
    await folder.create(config, splits, false);
    expect(readFileSync(at("notes.txt"), "utf8")).toBe("mine");
  });

  it("is refused where a file of the user's has a name that it would give", async () => {
    for (const name of ["config.json", "splits.json", "metrics.jsonl", "sessions.jsonl", "checkpoint-best.safetensors"]) {
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path);
      written(at(name), '{"mine": true}');
      await expect(folder.create(config, splits, false), name).rejects.toMatchObject({
        code: "ACINUS_FILE_EXISTS",
        file: at(name),
      });
      expect(readFileSync(at(name), "utf8")).toBe('{"mine": true}');
    }
  });

  it("is refused where another one is, though only its weights are left", async () => {
    await finishedRun();
    rmSync(at("config.json"));
    rmSync(at("checkpoint-last.safetensors"));
    await expect(folder.create(config, splits, false)).rejects.toMatchObject({ code: "ACINUS_RUN_EXISTS" });
  });
});
