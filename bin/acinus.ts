#!/usr/bin/env node
import { CommanderError } from "commander";
import { createProgram } from "./cli/program.js";

// A closed pipe (`acinus … | head`) or terminal ends the output. That is no failure, and a training goes on.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
});
process.stderr.on("error", () => undefined);

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
