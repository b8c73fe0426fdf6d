import { basename, relative } from "node:path";

/** The command that was typed. */
export function sameCommand(argv: readonly string[] = process.argv, environment = process.env): string {
  const [, script = "acinus", ...args] = argv;
  return [program(script, environment), ...args.map(quoted)].join(" ");
}

/** The command that was typed, to be typed again with `--resume`. */
export function resumeCommand(argv: readonly string[] = process.argv, environment = process.env): string {
  const [, script = "acinus", ...args] = argv;
  const kept = args.filter(
    (arg, i) => !/^--(overwrite|resume(=.*)?)$/.test(arg) && !(/^(auto|only)$/.test(arg) && args[i - 1] === "--resume"),
  );
  return [program(script, environment), ...[...kept, "--resume"].map(quoted)].join(" ");
}

function program(script: string, environment: NodeJS.ProcessEnv): string {
  if (basename(script) === "acinus") return "acinus";
  return environment.npm_lifecycle_event === "acinus" ? "npm run acinus --" : `node ${quoted(relative("", script))}`;
}

/** As a shell takes it for one word. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
