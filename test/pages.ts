import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createProgram } from "../bin/cli/program.js";

export const root = fileURLToPath(new URL("../", import.meta.url));

/** Every page of the project, by its path below `root`. */
export const pages = [root, `${root}docs/`, `${root}bench/`, `${root}bench/history/`, `${root}examples/`].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}${name}`.slice(root.length)),
);

export function readPage(page: string): string {
  return readFileSync(`${root}${page}`, "utf8");
}

/** What stands in the page's code blocks of that language. */
export function codeBlocks(page: string, language: string): string[] {
  const blocks = readPage(page).matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"));
  return Array.from(blocks, (match) => match[1] as string);
}

/** The lines of the page's shell blocks that run acinus. */
export function commandLines(page: string): string[] {
  return codeBlocks(page, "sh").flatMap((block) => block.match(/^acinus .*$/gm) ?? []);
}

/** Parses a line as the command line does, but for the work; throws where it would be refused. True when the command is reached. */
export async function isUnderstood(line: string): Promise<boolean> {
  const [, name, ...args] = (line.split("#")[0] as string).trim().split(/\s+/);
  const program = createProgram();
  let reached = false;
  program.commands
    .find((known) => known.name() === name)
    ?.action(() => {
      reached = true;
    });
  await program.parseAsync([name as string, ...args], { from: "user" });
  return reached;
}
