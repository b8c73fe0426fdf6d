import type { Command } from "commander";
import type { ModelConfig } from "../../lib/config/model.js";
import { architectures } from "../../lib/config/networks.js";
import { importWeights } from "../../lib/import/index.js";
import { describeLoad } from "../../lib/model/load-report.js";
import { command, perform, type Shared } from "../cli/command.js";
import { print } from "../cli/output.js";
import { localWeights } from "../cli/pretrained.js";

interface Options extends Shared {
  output: string;
  force?: boolean;
}

export function importCommand(): Command {
  return command("import", "turn weights from elsewhere into a checkpoint; nothing in the file is executed", [
    "acinus import smp-unetplusplus.pth -o imported.safetensors",
    "acinus import hf:owner/name@main/model.safetensors -o imported.safetensors",
    "acinus import imagenet:efficientnet-lite0 -o imagenet.safetensors",
  ])
    .argument("<file>", ".pth, .pt or .safetensors, hf:owner/name[@revision][/file], or imagenet:ENCODER")
    .requiredOption("-o, --output <file>", ".safetensors file to write")
    .option("--force", "replace the file given with -o although acinus did not write it, or it was changed since")
    .action((file: string, options: Options) =>
      perform(options, async ({ json, signal }) => {
        const result = await importWeights(await localWeights(file, signal), options.output, {
          ...{ signal, force: options.force },
        });
        print(json, { from: file, ...result }, () =>
          result.model === null
            ? `Wrote ${result.entries} entries to ${result.file}, under the names they had: no whole network that acinus knows. Use it with --weights.`
            : [
                `Wrote ${result.file}: ${titleOf(result.model)}, input mode ${result.model.inputMode}.`,
                ...(result.report ? describeLoad(result.report) : []),
              ].join("\n"),
        );
        return 0;
      }),
    );
}

function titleOf({ architecture, encoder, width }: ModelConfig): string {
  const { title } = architectures[architecture];
  return encoder === undefined ? `${title} of width ${width}` : `${title} over ${encoder}`;
}
