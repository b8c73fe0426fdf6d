import { chmodSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { requireFolder, writeOutput } from "../../lib/system/output-file.js";
import { recordName, WrittenRecord } from "../../lib/system/written-record.js";
import { inside, written } from "../io/files.js";
import { temporary } from "../temporary.js";

const inTheWay = { code: "ACINUS_FILE_EXISTS" };

describe("a result", () => {
  it("replaces an earlier one of its name, as often as wanted, and is recorded once for each content", async () => {
    const at = inside(temporary());
    for (const text of ["one", "two", "two", "one"]) await writeOutput(at("a.json"), text);
    expect(readFileSync(at("a.json"), "utf8")).toBe("one");
    const lines = readFileSync(at(recordName), "utf8").trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { name: string; size: number }).size)).toEqual([3, 3, 3]);
  });

  it("replaces no file that acinus did not write, nor one that was changed, unless by force", async () => {
    const at = inside(temporary());
    written(at("a.json"), "mine");
    await expect(writeOutput(at("a.json"), "result")).rejects.toMatchObject({ ...inTheWay, file: at("a.json") });
    expect(readFileSync(at("a.json"), "utf8")).toBe("mine");
    await writeOutput(at("b.json"), "result");
    written(at("b.json"), "corrected");
    await expect(writeOutput(at("b.json"), "result 2")).rejects.toMatchObject(inTheWay);
    expect(readFileSync(at("b.json"), "utf8")).toBe("corrected");
    for (const name of ["a.json", "b.json"]) await writeOutput(at(name), "result", { force: true });
    await writeOutput(at("a.json"), "another");
    expect(readFileSync(at("a.json"), "utf8")).toBe("another");
  });

  it("does not take a copy under another name for its own", async () => {
    const at = inside(temporary());
    await writeOutput(at("a.json"), "result");
    written(at("kept.json"), "result");
    await expect(writeOutput(at("kept.json"), "result 2")).rejects.toMatchObject(inTheWay);
  });

  it("replaces neither folders nor links, write-protected files or what it is made from, by force either", async () => {
    const at = inside(temporary());
    mkdirSync(at("folder"));
    await expect(writeOutput(at("folder"), "x", { force: true })).rejects.toMatchObject({ code: "ACINUS_WRITE_FAILED" });
    const target = written(at("target"), "mine");
    symlinkSync(target, at("link"));
    symlinkSync(at("nothing"), at("dangling"));
    for (const name of ["link", "dangling"])
      await expect(writeOutput(at(name), "x", { force: true })).rejects.toMatchObject(inTheWay);
    await writeOutput(at("protected"), "result");
    chmodSync(at("protected"), 0o444);
    await expect(writeOutput(at("protected"), "x", { force: true })).rejects.toMatchObject(inTheWay);
    linkSync(target, at("other-name"));
    for (const input of [target, at("link"), `${at("folder")}/../target`]) {
      const options = { force: true, inputs: [input] };
      await expect(writeOutput(at("other-name"), "x", options)).rejects.toMatchObject(inTheWay);
    }
    expect(readFileSync(target, "utf8")).toBe("mine");
  });

  it("is written through no link of the record", async () => {
    const at = inside(temporary());
    const diary = written(at("diary"), "dear diary\n");
    symlinkSync(diary, at(recordName));
    await expect(writeOutput(at("a.json"), "result")).rejects.toMatchObject({ code: "ACINUS_WRITE_FAILED" });
    expect(readFileSync(diary, "utf8")).toBe("dear diary\n");
    expect(readdirSync(at(".")).filter((name) => /a\.json/.test(name))).toEqual([]);
  });
});

describe("a record", () => {
  it("takes lines that mean nothing for nothing", async () => {
    const at = inside(temporary());
    await writeOutput(at("a.json"), "result");
    const line = readFileSync(at(recordName), "utf8").trim();
    const outside = line.replace("a.json", "../a.json");
    writeFileSync(at(recordName), `[1]\n{"name":7}\n${outside}\nnull\n${line}\n${line.slice(0, 20)}`);
    const record = await WrittenRecord.of(at("."));
    expect([record.names, await record.isOurs("a.json")]).toEqual([["a.json"], true]);
  });

  it("knows what another process added meanwhile, and that it was removed", async () => {
    const at = inside(temporary());
    await writeOutput(at("a.json"), "result");
    const { sha256 } = JSON.parse(readFileSync(at(recordName), "utf8")) as { sha256: string };
    writeFileSync(at(recordName), `${JSON.stringify({ name: "b.json", size: 6, sha256 })}\n`, { flag: "a" });
    written(at("b.json"), "result");
    await writeOutput(at("b.json"), "result 2");
    rmSync(at(recordName));
    await expect(writeOutput(at("b.json"), "result 3")).rejects.toMatchObject(inTheWay);
  });
});

it("a folder that cannot take results is refused before there are any", async () => {
  const at = inside(temporary());
  written(at("file"), "");
  for (const path of [at("file"), at("file/below"), "/dev/null"]) {
    await expect(requireFolder(path), path).rejects.toMatchObject({ code: "ACINUS_WRITE_FAILED", file: path });
  }
  await requireFolder(at("new/folder"));
  expect(readdirSync(join(at("."))).sort()).toEqual(["file"]);
});
