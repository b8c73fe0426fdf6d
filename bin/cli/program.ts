import { Command } from "commander";
import { packageVersion } from "../../lib/system/version.js";
import { acquireCommand } from "../commands/acquire.js";
import { benchCommand } from "../commands/bench.js";
import { compareCommand } from "../commands/compare.js";
import { convertCommand } from "../commands/convert.js";
import { doctorCommand } from "../commands/doctor.js";
import { evaluateCommand } from "../commands/evaluate.js";
import { exportCommand } from "../commands/export.js";
import { importCommand } from "../commands/import.js";
import { predictCommand } from "../commands/predict.js";
import { reportCommand } from "../commands/report.js";
import { setupCommand } from "../commands/setup.js";
import { synthCommand } from "../commands/synth.js";
import { trainCommand } from "../commands/train.js";
import { verifyCommand } from "../commands/verify.js";

/** The whole command line. Wrong use throws CommanderError instead of ending the process. */
export function createProgram(): Command {
  const program = new Command("acinus")
    .description("Train and run cell-segmentation networks.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .addHelpText("after", "\nEach command has its own help with an example: acinus train -h\n");
  const commands = [
    ...[setupCommand(), doctorCommand(), synthCommand(), verifyCommand(), convertCommand()],
    ...[
      trainCommand(),
      evaluateCommand(),
      compareCommand(),
      predictCommand(),
      acquireCommand(),
      reportCommand(),
      importCommand(),
      exportCommand(),
      benchCommand(),
    ],
  ];
  for (const command of commands) program.addCommand(command);
  for (const each of [program, ...commands]) each.exitOverride().showHelpAfterError("(see the examples with -h)");
  return program;
}
