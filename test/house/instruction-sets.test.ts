/** Code for AVX2 and AVX-512 must run on processors that have it, and nowhere else: read from the compiled objects. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildFolder } from "../../lib/system/paths.js";

const objects = (isa: string) => join(buildFolder(), "CMakeFiles", `acinus_kernels_${isa}.dir`, "native/core/cpu/kernels");
const compiled = existsSync(objects("avx2")) && spawnSync("nm", ["--version"]).status === 0;

/** What an object defines, as `nm` says it: a letter for the kind (T, W: functions that others see), and the name. */
function defined(file: string): { kind: string; name: string }[] {
  const lines = execFileSync("nm", ["--demangle", "--defined-only", file], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [, kind = "", name = ""] = /^[0-9a-f]+ (\w) (.*)$/.exec(line) ?? [];
    return { kind, name };
  });
}

describe.runIf(compiled).each(["avx2", "avx512"])("what is compiled for %s", (isa) => {
  const files = compiled ? readdirSync(objects(isa)).filter((file) => /\.(o|obj)$/.test(file)) : [];
  const symbols = files.flatMap((file) => defined(join(objects(isa), file)).map((symbol) => ({ file, ...symbol })));

  it("does nothing when the addon is loaded", () => {
    expect(symbols.length).toBeGreaterThan(files.length);
    expect(symbols.filter(({ name }) => name.startsWith("_GLOBAL__sub_I"))).toEqual([]);
  });

  it("defines no function that the linker could take in another's place", () => {
    expect(symbols.filter(({ kind, name }) => /[TW]/.test(kind) && !name.includes(`acinus::cpu::${isa}::`))).toEqual([]);
  });
});

it.skipIf(compiled)("what is compiled for each instruction set: needs the build folder's objects and nm", (context) =>
  context.skip(),
);
