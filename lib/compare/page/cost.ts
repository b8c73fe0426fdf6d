import { paragraph, section, table } from "../../render/html.js";
import type { Comparison } from "../comparison.js";
import { counted, decimal, gigabytes, missing } from "../words.js";
import { rowName } from "./table-two.js";

export function costSection({ rows, device }: Comparison): string {
  const known = rows.filter(({ cost }) => cost.parameters !== null);
  if (known.length === 0) return "";
  const size = known.find(({ cost }) => cost.multiplyAddsSize)?.cost.multiplyAddsSize;
  const body = known.map((row) => {
    const { parameters, multiplyAdds, imagesPerSecond, minutes, memory } = row.cost;
    const flops = multiplyAdds === null ? missing : counted(2 * multiplyAdds);
    return [
      rowName(row),
      ...[counted(parameters), flops, decimal(imagesPerSecond), decimal(minutes), gigabytes(memory)],
      row.start === null ? missing : row.start,
    ];
  });
  return section(
    "cost",
    "What each costs",
    paragraph(
      `On ${device}. Flops are those of the convolutions of one pass${size ? ` over an image of ${size[0]} × ${size[1]} px` : ""}, two for each ` +
        "multiplication with its addition, without test-time augmentation; images per second include it. Memory is what a training step is estimated to take on a CPU.",
    ),
    table(
      "Cost",
      ["System", "Parameters", "Flops", "Images per second", "Minutes of a training", "Memory of a step", "Start"],
      body,
    ),
  );
}
