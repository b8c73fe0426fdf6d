#!/usr/bin/env node
import { CommanderError } from "commander";
import { createProgram } from "./cli/program.js";

// A closed pipe (`acinus … | head`) ends the output. That is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
