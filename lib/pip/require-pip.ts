import { InstallationError } from "../errors.js";
import { installCommand } from "../system/install-command.js";
import { findPython, type Python, runPython } from "../system/python.js";

/** @param what is to be fetched, in words. @throws InstallationError when Python or its pip is missing. */
export function requirePip(what: string): Python {
  const python = findPython();
  if (!python) {
    const tried = process.env.ACINUS_PYTHON ? `ACINUS_PYTHON=${process.env.ACINUS_PYTHON}` : "python3 and python";
    throw new InstallationError("ACINUS_SETUP", `Python 3 is needed to fetch ${what} and was not found (tried ${tried}).`, {
      fix: `Install it with: ${installCommand("python")}`,
    });
  }
  if (runPython(python.command, ["-m", "pip", "--version"]).status !== 0) {
    throw new InstallationError(
      "ACINUS_SETUP",
      `pip is needed to fetch ${what}, and ${python.command} (${python.version}) has none.`,
      {
        fix: `Install it with: ${installCommand("pip", python.command)}`,
      },
    );
  }
  return python;
}
