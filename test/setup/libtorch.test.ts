import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { findLibTorch, searchLibTorch } from "../../lib/addon/libtorch.js";
import { InstallationError } from "../../lib/errors.js";
import { cacheFolder, libraryFile } from "../../lib/system/paths.js";
import { temporary } from "../temporary.js";
import { emptyMachine, fakeCached, fakePython, fakeTorchFiles, type VersionFile, write } from "./fakes.js";

function thrown(body: () => unknown): InstallationError {
  try {
    body();
  } catch (error) {
    if (error instanceof InstallationError) return error;
  }
  throw new Error("nothing was thrown");
}

/** A Python whose `torch` is the folder given. */
function pythonWithTorch(version: string): string {
  const folder = temporary();
  write(join(folder, "torch"), { ...fakeTorchFiles(version), "__init__.py": "raise RuntimeError('torch was imported')" });
  fakePython(folder, { wheels: folder });
  vi.stubEnv("PYTHONPATH", folder);
  return join(folder, "torch");
}

describe("finding LibTorch", () => {
  it("takes LIBTORCH before the cache, the cache before Python, and Python's at last", () => {
    const cache = emptyMachine();
    const ofPython = pythonWithTorch("2.12.1");
    expect(findLibTorch()).toEqual({ root: ofPython, version: "2.12.1", source: "python", cuda: false });
    const cached = fakeCached(cache, "2.13.0+cu130");
    expect(findLibTorch()).toMatchObject({ root: cached, version: "2.13.0+cu130", source: "cache" });
    const chosen = write(temporary(), fakeTorchFiles("2.11.0"));
    vi.stubEnv("LIBTORCH", chosen);
    expect(findLibTorch()).toMatchObject({ root: chosen, version: "2.11.0", source: "LIBTORCH" });
  });

  it.each<VersionFile>(["version.py", "build-version", "include/torch/headeronly/version.h"])(
    "reads the version from %s",
    (file) => {
      emptyMachine();
      vi.stubEnv("LIBTORCH", write(temporary(), fakeTorchFiles("2.14.0", file)));
      expect(findLibTorch().version).toBe("2.14.0");
    },
  );

  it("refuses a wrong version by name, and takes it with ACINUS_ALLOW_ANY_LIBTORCH=1", () => {
    emptyMachine();
    const old = write(temporary(), fakeTorchFiles("2.10.0"));
    vi.stubEnv("LIBTORCH", old);
    const error = thrown(findLibTorch);
    expect(error.code).toBe("ACINUS_WRONG_LIBTORCH");
    expect(error.message).toContain(`${old}, but that folder is LibTorch 2.10.0, supported are 2.11 to 2.14`);
    expect(error.message).toContain("ACINUS_ALLOW_ANY_LIBTORCH=1");
    vi.stubEnv("ACINUS_ALLOW_ANY_LIBTORCH", "1");
    expect(findLibTorch().version).toBe("2.10.0");
  });

  it.each(["2.10.9", "2.15.0", "1.13.0", "2.130.0"])("does not support %s", (version) => {
    emptyMachine();
    vi.stubEnv("LIBTORCH", write(temporary(), fakeTorchFiles(version)));
    expect(thrown(findLibTorch).code).toBe("ACINUS_WRONG_LIBTORCH");
  });

  it("never passes over a LIBTORCH that is set but holds nothing", () => {
    fakeCached(emptyMachine(), "2.13.0");
    const empty = temporary();
    vi.stubEnv("LIBTORCH", empty);
    const error = thrown(findLibTorch);
    expect(error.code).toBe("ACINUS_NO_LIBTORCH");
    expect(error.message).toContain(`${empty}, but that folder has no ${join("lib", libraryFile("torch_cpu"))}`);
  });

  it("passes over an unsupported torch of Python and says so", () => {
    emptyMachine();
    const old = pythonWithTorch("2.4.0");
    const { found, places } = searchLibTorch();
    expect(found).toBeNull();
    expect(places.at(-1)).toMatchObject({ source: "python", path: old });
    expect(places.at(-1)?.problem).toContain("is LibTorch 2.4.0");
  });

  it("does not take a folder of the cache that was never finished", () => {
    const cache = emptyMachine();
    write(join(cache, "libtorch-2.13.0-cpu", "torch"), fakeTorchFiles("2.13.0"));
    write(join(cache, "partial-1-a", "tree", "torch"), fakeTorchFiles("2.13.0"));
    expect(searchLibTorch().found).toBeNull();
  });

  it("prefers the one that set-up put in place last, otherwise the newest", () => {
    const cache = emptyMachine();
    fakeCached(cache, "2.11.0");
    fakeCached(cache, "2.13.0");
    expect(findLibTorch().version).toBe("2.13.0");
    write(cache, { selected: "libtorch-2.11.0-cpu" });
    expect(findLibTorch().version).toBe("2.11.0");
  });

  it("lists every place looked at and the command that mends it", () => {
    const cache = emptyMachine();
    const error = thrown(findLibTorch);
    expect(error.code).toBe("ACINUS_NO_LIBTORCH");
    for (const part of ["$LIBTORCH: not set", `${cache}: holds no LibTorch`, "python", "npm run setup"])
      expect(error.message).toContain(part);
  });
});

describe("the cache folder", () => {
  it("is ACINUS_CACHE, then XDG_CACHE_HOME, then the platform's own", () => {
    expect(cacheFolder({ ACINUS_CACHE: "/a", XDG_CACHE_HOME: "/x" })).toBe("/a");
    expect(cacheFolder({ XDG_CACHE_HOME: "/x" })).toBe(join("/x", "acinus"));
    expect(cacheFolder({}, "linux")).toMatch(/[/\\]\.cache[/\\]acinus$/);
    expect(cacheFolder({}, "darwin")).toMatch(/Library[/\\]Caches[/\\]acinus$/);
    expect(cacheFolder({ LOCALAPPDATA: "C:\\Local" }, "win32")).toMatch(/^C:\\Local.acinus.Cache$/);
  });
});
