import { describe, expect, it } from "vitest";
import { program } from "../../bench/main.js";

function help(...path: string[]): string {
  let command = program();
  for (const name of path) command = command.commands.find((one) => one.name() === name) ?? command;
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

describe("npm run bench", () => {
  it("shows its measurements and an example", () => {
    expect(help()).toMatch(/train +\[?.*Times whole training steps/);
    expect(help()).toContain("npm run bench -- train --case b0");
  });

  it("explains every option of train, with examples", () => {
    const text = help("train");
    for (const option of ["--case", "--encoder", "--size", "--batch", "--threads", "--precision", "--part", "--json"]) {
      expect(text).toContain(option);
    }
    expect(text).toContain("ACINUS_BENCH_PYTHON");
  });
});
