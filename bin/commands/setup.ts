import { type Command, Option } from "commander";
import { progressLine, setup } from "../../lib/setup/index.js";
import { command, perform, type Shared } from "../cli/command.js";
import { colors, print } from "../cli/output.js";

interface Options extends Shared {
  from?: string;
  device?: "cpu" | "cuda";
  force?: boolean;
}

export function setupCommand(): Command {
  return command("setup", "fetch LibTorch once and make the native addon ready, or say which ones are used", [
    "acinus setup",
    "acinus setup --from torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl",
    "acinus setup --device cuda",
  ])
    .option("--from <file>", "take a torch wheel or an official LibTorch archive instead of downloading")
    .addOption(
      new Option("--device <device>", "cpu keeps no CUDA libraries; cuda fetches all of them (5 GB)").choices(["cpu", "cuda"]),
    )
    .option("--force", "fetch and compile again even where everything is current")
    .action((options: Options) =>
      perform(options, async ({ json }) => {
        const line = progressLine();
        const result = await setup({ ...options, onProgress: line.listen }).finally(line.finish);
        print(json, result, () => {
          const { libtorch, addon, fetched, compiled } = result;
          const done = fetched ? "Fetched" : "Using";
          const built = compiled ? "compiled" : addon.origin === "prebuilt" ? "prebuilt" : "compiled before";
          return [
            `${done} LibTorch ${libtorch.version} (${libtorch.source}): ${libtorch.root}`,
            `Addon ${built}: ${addon.addon}`,
            colors.green("Ready."),
          ].join("\n");
        });
        return 0;
      }),
    );
}
