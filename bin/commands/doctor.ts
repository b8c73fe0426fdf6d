import { type Command, Option } from "commander";
import { doctor } from "../../lib/doctor/doctor.js";
import type { DoctorCheck, DoctorReport } from "../../lib/doctor/types.js";
import { command, perform, type Shared } from "../cli/command.js";
import { colors, print } from "../cli/output.js";

interface Options extends Shared {
  selfTest?: boolean;
  device?: "cpu" | "cuda";
}

export function doctorCommand(): Command {
  return command("doctor", "what is installed, what would be used, what is wrong and the command that mends it", [
    "acinus doctor",
    "acinus doctor --self-test --device cpu --json",
  ])
    .option("--self-test", "train two steps of a small network")
    .addOption(new Option("--device <device>", "the device that must work").choices(["cpu", "cuda"]))
    .action((options: Options) =>
      perform(options, async ({ json }) => {
        const report = await doctor({ selfTest: options.selfTest, device: options.device });
        print(json, report, () => describe(report));
        return report.ok ? 0 : 1;
      }),
    );
}

function describe(report: DoctorReport): string {
  const width = Math.max(...report.checks.map(({ name }) => name.length));
  const lines = report.checks.map((check) => describeCheck(check, width));
  if (report.selfTest) {
    const { device, losses, seconds } = report.selfTest;
    lines.push(`Self-test on ${device}: losses ${losses.map((loss) => loss.toFixed(4)).join(", ")} in ${seconds.toFixed(1)} s`);
  }
  const verdict = report.ok ? colors.green("Training would start.") : colors.red("Training would not start.");
  return [`acinus ${report.version}`, ...lines, verdict].join("\n");
}

function describeCheck({ name, status, detail, fix }: DoctorCheck, width: number): string {
  const mark = { ok: colors.green("ok     "), warning: colors.yellow("warning"), error: colors.red("error  ") }[status];
  const indent = " ".repeat(width + 11);
  const text = [detail, ...(fix ? [`→ ${fix}`] : [])].join("\n").replaceAll("\n", `\n${indent}`);
  return `${mark}  ${name.padEnd(width)}  ${text}`;
}
