import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, it, vi } from "vitest";
import { built, prebuilt, recordPath, searchAddon, sourceFingerprint } from "../../lib/addon/addon-files.js";
import { searchLibTorch } from "../../lib/addon/libtorch.js";
import { loadAddon } from "../../lib/addon/load.js";
import { doctor } from "../../lib/doctor/doctor.js";
import { libraryFile } from "../../lib/system/paths.js";
import { temporary } from "../temporary.js";
import { emptyMachine, fakeTorchFiles, root, write } from "./fakes.js";

/** An addon in a build folder of its own, with a record of what it was made from. */
function fakeBuild(record?: { libtorch: string; sources: string }): string {
  const folder = temporary();
  vi.stubEnv("ACINUS_BUILD", folder);
  write(folder, { "Release/acinus.node": "no addon", "loader/acinus_loader.node": "no addon" });
  if (record) write(folder, { "Release/acinus.json": JSON.stringify(record) });
  return folder;
}

describe("choosing an addon", () => {
  it("takes one that was compiled from these sources for this LibTorch", () => {
    emptyMachine();
    const folder = fakeBuild({ libtorch: "2.13.0+cu130", sources: sourceFingerprint() ?? "" });
    expect(searchAddon("2.13.0+cpu", true).found).toEqual(built(folder));
  });

  it("refuses another LibTorch's, and for set-up one of other sources or without a record", () => {
    emptyMachine();
    const folder = fakeBuild({ libtorch: "2.12.1", sources: sourceFingerprint() ?? "" });
    expect(searchAddon("2.13.0", true).places.at(-1)?.problem).toBe("compiled for LibTorch 2.12.1, not for 2.13.0");
    write(folder, { "Release/acinus.json": JSON.stringify({ libtorch: "2.13.0", sources: "of yesterday" }) });
    expect(searchAddon("2.13.0", true).places.at(-1)?.problem).toBe("compiled from other sources");
    expect(searchAddon("2.13.0", false).found).toEqual(built(folder));
    write(folder, { "Release/acinus.json": "half a rec" });
    expect(searchAddon("2.13.0", true).places.at(-1)?.problem).toBe("without a record of what it was made from");
  });

  it("keeps the record beside the addon, and names prebuilt ones by platform and libc", () => {
    expect(recordPath(built("/b"))).toBe(join("/b", "Release", "acinus.json"));
    const tag = process.platform === "linux" ? "\\.(glibc|musl)" : "";
    expect(prebuilt().addon).toMatch(new RegExp(`prebuilds.${process.platform}-${process.arch}.acinus${tag}\\.node$`));
  });
});

describe("loading", () => {
  it("lists every place looked at for LibTorch and the command that mends it", () => {
    const cache = emptyMachine();
    expect(loadAddon).toThrow(
      expect.objectContaining({ code: "ACINUS_NO_LIBTORCH", message: expect.stringContaining(`${cache}: holds no LibTorch`) }),
    );
    expect(loadAddon).toThrow(/\$LIBTORCH: not set.*python.*Fetch it once with: npm run setup$/s);
  });

  it("lists every place looked at for the addon and the command that mends it", () => {
    emptyMachine();
    vi.stubEnv("LIBTORCH", write(temporary(), fakeTorchFiles("2.13.0")));
    const folder = temporary();
    vi.stubEnv("ACINUS_BUILD", folder);
    const file = join(folder, "Release", "acinus.node");
    expect(loadAddon).toThrow(
      expect.objectContaining({ code: "ACINUS_NO_ADDON", message: expect.stringContaining(`${file}: not there`) }),
    );
    expect(loadAddon).toThrow(/Compile it with: npm run setup$/);
  });

  it("says which file is no addon", () => {
    emptyMachine();
    vi.stubEnv("LIBTORCH", write(temporary(), fakeTorchFiles("2.13.0")));
    const folder = fakeBuild({ libtorch: "2.13.0", sources: "" });
    expect(loadAddon).toThrow(
      expect.objectContaining({
        code: "ACINUS_NO_ADDON",
        file: join(folder, "loader", "acinus_loader.node"),
        fix: expect.stringContaining("setup"),
      }),
    );
  });

  it.skipIf(!existsSync(built().loader))("says which library of LibTorch is broken", () => {
    emptyMachine();
    const torch = write(temporary(), fakeTorchFiles("2.13.0"));
    vi.stubEnv("LIBTORCH", torch);
    const library = join(torch, "lib", libraryFile("c10"));
    expect(loadAddon).toThrow(expect.objectContaining({ code: "ACINUS_NO_LIBTORCH", file: library }));
    expect(loadAddon).toThrow(/could not be opened from .*(invalid ELF header|too short)/);
  });

  it.skipIf(searchLibTorch().found === null || !existsSync(built().addon))(
    "gives each worker thread its own addon",
    async () => {
      const { libtorchVersion } = loadAddon().addon;
      const module = JSON.stringify(pathToFileURL(join(root, "dist", "lib", "addon", "load.js")).href);
      const script = `import(${module}).then(({ native }) => require("node:worker_threads").parentPort.postMessage(native().libtorchVersion));`;
      const answer = () =>
        new Promise((resolve, reject) => {
          new Worker(script, { eval: true }).once("message", resolve).once("error", reject);
        });
      expect(await Promise.all([answer(), answer()])).toEqual([libtorchVersion, libtorchVersion]);
    },
  );
});

describe("doctor", () => {
  it.skipIf(searchLibTorch().found === null || !existsSync(built().addon))(
    "trains two steps when asked for a self-test",
    async () => {
      const report = await doctor({ selfTest: true });
      expect(report.checks.find(({ name }) => name === "Self-test")).toMatchObject({ status: "ok" });
      expect(report.selfTest?.losses).toHaveLength(2);
      for (const loss of report.selfTest?.losses ?? []) expect(loss).toBeGreaterThan(0);
      expect(report.libtorch).toEqual(searchLibTorch().found);
    },
  );
});
