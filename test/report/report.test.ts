import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { resolveSettings } from "../../bin/cli/train-settings.js";
import { imageTable } from "../../lib/evaluate/image-table.js";
import { Dataset, Evaluator, Model, type Report, writeReport, writeSummary } from "../../lib/index.js";
import { acinus } from "../cli/run.js";
import { temporary } from "../temporary.js";
import { hostile, trainRun } from "./run.js";

const folder = temporary();
let run = "";
let validation = "";
let report: Report;
let page = "";
const seen: number[] = [];
beforeAll(async () => {
  ({ run, validation } = await trainRun(folder));
  report = await writeReport(run, { onProgress: (done) => void seen.push(done) });
  page = readFileSync(report.page, "utf8");
});

const sections = (html: string) => Array.from(html.matchAll(/<section id="([^"]+)">/g), ([, id]) => id);
const text = (name: string) => readFileSync(join(run, "report", name), "utf8");
/** A table as objects by column; no field of these tests has a line break. */
function rowsOf(csv: string): Record<string, string>[] {
  const [head = [], ...rows] = csv
    .trimEnd()
    .split("\n")
    .map((line) =>
      Array.from(line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g), ([, field]) => field ?? "").slice(0, line.length),
    );
  return rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i] ?? ""])));
}

describe("the report of a run", () => {
  it("has every section, each with a link, and an image of every validation image", () => {
    const all = ["curves", "scores", "panels", "gallery", "cells", "labels", "failures", "data", "how"];
    expect(sections(page)).toEqual(all);
    for (const id of all) expect(page).toContain(`<a href="#${id}">`);
    expect(page.match(/<li data-name=/g)).toHaveLength(6);
    expect(page.match(/<div class="card">/g)).toHaveLength(5);
    expect(page.match(/<figure class="plot">/g)?.length).toBeGreaterThanOrEqual(5);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("is one file without a reference to anything outside of it", () => {
    const references = Array.from(page.matchAll(/\b(?:src|href|action|srcset)\s*=\s*"([^"]*)"/g), ([, to = ""]) => to);
    expect(references.filter((to) => !to.startsWith("data:image/") && !to.startsWith("#"))).toEqual([]);
    expect(page).not.toMatch(/https?:|<link|@import|url\(/);
    expect(page).toMatch(/default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-/);
    expect(statSync(report.page).size).toBeLessThan(1e6);
  });

  it("escapes the names of files", () => {
    expect(page).not.toContain("<img src=x");
    expect(page).toContain("&#60;img src=x onerror=alert(1)&#62;");
    expect(page).not.toContain(hostile);
  });

  it("gives every image a text, and no control without a label", () => {
    expect(page.match(/<img (?![^>]*\balt=)/g)).toBeNull();
    const inputs = page.match(/<label>.*?<\/label>/gs) ?? [];
    expect(page.match(/<(?:input|select)\b/g)).toHaveLength(inputs.join("").match(/<(?:input|select)\b/g)?.length ?? 0);
    expect(page.match(/<svg viewBox[^>]*>/g)?.every((svg) => /role="img" aria-label="[^"]+"/.test(svg))).toBe(true);
  });

  it("has the evaluator's own scores in scores.csv", async () => {
    using data = await Dataset.open(validation);
    using model = await Model.load(join(run, "checkpoint-best.safetensors"));
    const scores = await new Evaluator(model).evaluate(data);
    expect(text("scores.csv")).toBe(imageTable(scores));
    const { perImageScores: _images, worst: _worst, outliers: _outliers, ...rest } = scores;
    expect(report.evaluation).toMatchObject(rest);
  });

  it("has a row for every cell in cells.csv, which add up to the evaluator's counts", () => {
    const rows = rowsOf(text("cells.csv"));
    const count = (side: string, test: (row: Record<string, string>) => boolean) =>
      rows.filter((row) => row.side === side && test(row)).length;
    const { objects } = report.evaluation as NonNullable<Report["evaluation"]>;
    expect({
      truth: count("true", () => true),
      predicted: count("predicted", () => true),
      matched: count("true", ({ outcome }) => outcome === "found"),
      missed: count("true", ({ partner }) => partner === ""),
      phantom: count("predicted", ({ partner }) => partner === ""),
      merged: count("predicted", ({ holds }) => Number(holds) >= 2),
      split: count("true", ({ holds }) => Number(holds) >= 2),
    }).toEqual({
      ...{ truth: objects.truth, predicted: objects.predicted, matched: objects.matched, missed: objects.missed },
      ...{ phantom: objects.phantom, merged: objects.merged, split: objects.split },
    });
    expect(objects.truth).toBe(8);
  });

  it("has settings that give the same run", () => {
    const config = JSON.parse(readFileSync(join(run, "config.json"), "utf8"));
    const settings = resolveSettings({ preset: "paper", config: join(run, "report", "settings.json") });
    expect(settings.train).toEqual(config.train);
    expect(settings.model).toMatchObject(config.model);
    expect(settings.sampler).toBe("uniform");
    expect(page).toContain("acinus train ");
  });

  it("tells Table I of both sets", () => {
    const cells = (name: string) =>
      new RegExp(`<th scope="row">${name}</th><td class="number">6</td><td class="number">4 \\(67 %\\)`);
    expect(page).toMatch(cells("Training"));
    expect(page).toMatch(cells("Validation"));
  });

  it("is written again over itself, and never over a file that is somebody else's", async () => {
    await writeReport(run, { images: 2 });
    expect(readFileSync(report.page, "utf8").match(/<li data-name=/g)).toHaveLength(2);
    const output = temporary();
    writeFileSync(join(output, "index.html"), "mine");
    const progress: number[] = [];
    const onProgress = (done: number) => void progress.push(done);
    await expect(writeReport(run, { output, onProgress })).rejects.toMatchObject({ code: "ACINUS_FILE_EXISTS" });
    expect([readFileSync(join(output, "index.html"), "utf8"), progress]).toEqual(["mine", []]);
    await writeReport(run, { output, force: true, images: 0 });
    expect(readFileSync(join(output, "index.html"), "utf8")).toContain("Report of");
  });
});

it("acinus report writes the same, and says where it is", async () => {
  const output = join(temporary(), "page");
  const { code, stdout, stderr } = await acinus(["report", run, "-o", output, "--images", "1", "--threads", "1", "--json"]);
  expect(code, stderr).toBe(0);
  const { page: where, files, dice } = JSON.parse(stdout);
  expect([where, dice]).toEqual([join(output, "index.html"), report.evaluation?.diceWithCells]);
  expect(files.map((file: string) => file.slice(output.length + 1))).toEqual(["scores.csv", "cells.csv", "settings.json"]);
  expect(readFileSync(join(output, "cells.csv"), "utf8")).toBe(text("cells.csv"));
});

describe("when the images are gone", () => {
  const output = temporary();
  const elsewhere = join(temporary(), "moved");
  beforeAll(async () => {
    await writeSummary(run, report.evaluation as NonNullable<Report["evaluation"]>);
    renameSync(validation, elsewhere);
  });

  it("the page has what the run folder has, and says what is missing", async () => {
    const { evaluation, alerts, files } = await writeReport(run, { output });
    const html = readFileSync(join(output, "index.html"), "utf8");
    expect(sections(html)).toEqual(["curves", "scores", "images", "failures", "data", "how"]);
    expect(html).toContain("The images of the validation are not at hand");
    expect(alerts.join()).toContain("The validation images could not be read");
    expect(evaluation?.objects).toEqual(report.evaluation?.objects);
    expect(files).not.toContain(join(output, "cells.csv"));
    expect(readFileSync(join(output, "scores.csv"), "utf8")).toBe(text("scores.csv"));
  });

  it("--data finds them by their pixels, whatever their names", async () => {
    for (const kind of ["images", "masks"]) renameSync(join(elsewhere, kind, "2-1.png"), join(elsewhere, kind, "renamed.png"));
    const { evaluation, alerts } = await writeReport(run, { output, data: elsewhere });
    expect([evaluation?.images, alerts]).toEqual([6, report.alerts]);
  });

  it("says which are missing, and refuses other images", async () => {
    const rest = join(temporary(), "rest");
    for (const kind of ["images", "masks"]) {
      mkdirSync(join(rest, kind), { recursive: true });
      renameSync(join(elsewhere, kind, "renamed.png"), join(rest, kind, "renamed.png"));
    }
    const { evaluation, alerts } = await writeReport(run, { output, data: elsewhere });
    expect(evaluation?.images).toBe(5);
    expect(alerts.join()).toContain("1 of the run's 6 validation images");
    await expect(writeReport(run, { output, data: join(folder, "data", "train") })).rejects.toMatchObject({
      code: "ACINUS_DATA_CHANGED",
    });
    await expect(writeReport(run, { output, data: join(folder, "nowhere") })).rejects.toMatchObject({
      code: "ACINUS_FILE_NOT_FOUND",
    });
  });
});

it("refuses a folder that holds no run, before anything is written", async () => {
  const empty = temporary();
  await expect(writeReport(empty)).rejects.toMatchObject({ code: "ACINUS_NOT_A_RUN" });
  expect(() => statSync(join(empty, "report"))).toThrow();
});
