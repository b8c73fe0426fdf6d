import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../bin/cli/program.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(`${root}docs/performance.md`, "utf8");
const lines = [...page.matchAll(/```sh\n(.*?)```/gs)].flatMap((match) => match[1]?.match(/^acinus .*$/gm) ?? []);

describe("docs/performance.md", () => {
  it("shows commands", () => expect(lines.length).toBeGreaterThan(2));

  it.each(lines)("%s is understood", async (line) => {
    const [, name, ...args] = (line.split("#")[0] as string).trim().split(/\s+/);
    const program = createProgram();
    let reached = false;
    program.commands
      .find((known) => known.name() === name)
      ?.action(() => {
        reached = true;
      });
    await program.parseAsync([name as string, ...args], { from: "user" });
    expect(reached).toBe(true);
  });
});
