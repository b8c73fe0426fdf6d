/** The core's own tests (native/test, Catch2), each of them as a test here. */
import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { compileNativeTests } from "../../tools/native-test.mjs";

/** A line of native/test/main.cpp. */
interface Outcome {
  name: string;
  outcome: "passed" | "failed" | "skipped";
  problems: string[];
}

const program = await compileNativeTests();

/** One process for all tests that a Catch2 filter chooses. Its threads do not spin while they wait: other tests run beside it. */
function run(filter: string, environment: NodeJS.ProcessEnv): Map<string, Outcome> & { ending?: string } {
  const { stdout, stderr, status, signal } = spawnSync(program, [filter, "--reporter", "lines"], {
    encoding: "utf8",
    env: { OMP_WAIT_POLICY: "passive", ...process.env, ...environment },
    maxBuffer: 2 ** 26,
  });
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  const outcomes = lines.map((line) => JSON.parse(line) as Outcome);
  const ending = `The program ended with ${signal ?? `exit code ${status}`} before this test did.\n${stderr}`;
  return Object.assign(new Map(outcomes.map((outcome) => [outcome.name, outcome])), { ending });
}

function report(filter: string, environment: NodeJS.ProcessEnv = {}): void {
  const names = execFileSync(program, [filter, "--list-tests", "--verbosity", "quiet"], { encoding: "utf8" })
    .trim()
    .split("\n");
  let outcomes: ReturnType<typeof run> | undefined;
  for (const name of names) {
    it(name, { timeout: 600_000 }, ({ skip }) => {
      outcomes ??= run(filter, environment);
      const found = outcomes.get(name);
      if (!found) expect.unreachable(outcomes.ending);
      const problems = found.problems.slice(0, 20).join("\n");
      skip(found.outcome === "skipped", problems);
      expect(found.outcome, problems).toBe("passed");
    });
  }
}

describe("the core", () => report("~[kernels]~[device]"));

// There the plain definitions of the operations do the work, so that the CPU's side takes them too.
describe("by LibTorch's operators alone", () => report("[device]", { ACINUS_CPU_ISA: "none" }));

describe.each(["baseline", "avx2", "avx512"])("on %s", (isa) => report("[kernels]", { ACINUS_CPU_ISA: isa }));

describe("in a limited address space", () => {
  const limit = 32 * 2 ** 20; // KiB
  it("the allocator of tensors reserves an eighth of it at a time, and leaves the rest to others", () => {
    const command = `ulimit -v ${limit} && exec "$0" "[limited]" --reporter lines`;
    const { stdout } = spawnSync("bash", ["-c", command, program], { encoding: "utf8" });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "passed", problems: [] });
  });
});
