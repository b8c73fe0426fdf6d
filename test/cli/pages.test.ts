import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../bin/cli/program.js";
import { commandLines, isUnderstood, pages, readPage, root } from "../pages.js";

const { scripts } = JSON.parse(readPage("package.json")) as { scripts: Record<string, string> };

describe.each(pages)("%s", (page) => {
  const text = readPage(page);
  const lines = commandLines(page);

  it.each(lines)("shows a command that is understood: %s", async (line) => expect(await isUnderstood(line)).toBe(true));

  it("names scripts of package.json, and files that are there", () => {
    const links = Array.from(text.matchAll(/\]\((?!https?:|#)([^)#]+)/g), (match) => join(dirname(page), match[1] as string));
    const named = /`((?:\.ci|bench|bin|docs|lib|native|test|tools)\/[\w./-]+)`/g;
    // History names the files of its time.
    const paths = page.includes("/history/") ? [] : Array.from(text.matchAll(named), (match) => match[1] as string);
    expect([...links, ...paths].filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const runs = Array.from(text.matchAll(/npm run (\w+)/g), (match) => match[1] as string);
    expect(runs.filter((name) => !(name in scripts))).toEqual([]);
  });
});

it("npm runs no script unasked, before or after another", () => {
  expect(Object.keys(scripts).filter((name) => /^(pre|post)/.test(name) && name.replace(/^(pre|post)/, "") in scripts)).toEqual(
    [],
  );
});

describe("a command's help", () => {
  const examples = createProgram().commands.flatMap((command) => {
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    return help.split(/^Examples?:$/m)[1]?.match(/\bacinus .*$/gm) ?? [];
  });

  it.each(examples)("shows an example that is understood: %s", async (line) => expect(await isUnderstood(line)).toBe(true));
});

it("the README shows every command there is", () => {
  const shown = new Set(commandLines("README.md").map((line) => line.split(" ")[1]));
  expect([...shown].sort()).toEqual(
    createProgram()
      .commands.map((command) => command.name())
      .sort(),
  );
});
