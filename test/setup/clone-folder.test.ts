import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findLibTorch } from "../../lib/addon/libtorch.js";
import { buildFolder, packageRoot } from "../../lib/system/paths.js";
import { temporary } from "../temporary.js";

/** The files that CMake joins out of the sources of a room, so that they share a compile. */
function joinedFiles(build: string): string[] {
  const commands = JSON.parse(readFileSync(join(build, "compile_commands.json"), "utf8")) as { file: string }[];
  return commands.map(({ file }) => basename(file)).filter((name) => name.startsWith("unity_"));
}

describe("a clone in a folder that is called like a room of the sources", () => {
  it("compiles the same files together", () => {
    const clone = join(temporary(), "core", "ops", "binding", "test");
    mkdirSync(clone, { recursive: true });
    copyFileSync(join(packageRoot(), "CMakeLists.txt"), join(clone, "CMakeLists.txt"));
    for (const name of ["native", "node_modules"]) symlinkSync(join(packageRoot(), name), join(clone, name));
    const build = join(clone, "build");
    const arguments_ = ["-S", clone, "-B", build, `-DACINUS_LIBTORCH=${findLibTorch().root}`];
    const { status, stderr } = spawnSync("cmake", arguments_, { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    const joined = joinedFiles(build);
    expect(joined).toContain("unity_core_model_cxx.cxx");
    expect(new Set(joined)).toEqual(new Set(joinedFiles(buildFolder())));
  });
});
