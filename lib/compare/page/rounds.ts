import { escaped, paragraph, raw, section, table } from "../../render/html.js";
import type { Comparison } from "../comparison.js";
import { decimal, missing } from "../words.js";
import { rowName } from "./table-two.js";

/** Rounds of active learning: the pool, its network, and of what the network was unsure. */
export function roundSection({ rows }: Comparison): string {
  const active = rows.filter(({ rounds }) => rounds.length > 0);
  if (active.length === 0) return "";
  const percent = (share: number | null) => (share === null ? missing : `${(100 * share).toFixed(0)} %`);
  const body = active.flatMap((row) =>
    row.rounds.map(({ round, pool, pseudo, dice, meanEntropy, meanBald, backgroundShare, background, lookSeconds }) => [
      round === 1 ? rowName(row) : { content: raw(escaped("")) },
      String(round),
      decimal(pool, 0),
      pseudo > 0 ? decimal(pseudo, 0) : missing,
      decimal(dice, 3),
      decimal(meanEntropy, 4),
      decimal(meanBald, 4),
      percent(backgroundShare),
      percent(background),
      lookSeconds > 0 ? decimal(lookSeconds / 60) : missing,
    ]),
  );
  return section(
    "rounds",
    "Rounds of active learning",
    paragraph(
      "A network is trained on a pool of labelled images. Those outside of it of which it is least sure join the pool, and it is trained again. All " +
        "rounds together have the steps of one training of the other rows. The looks at the images outside of the pool come on top, and no budget " +
        "counts them. The paper finds that 67 % of the high uncertainty is background; here it is the share of the pixels above the quantile of the " +
        "uncertainty (0.95 unless said otherwise) that the truth calls background, and beside it that of all pixels.",
    ),
    table(
      "Means over the trainings",
      [
        ...[
          "System",
          "Round",
          "Pool, images",
          "Pseudo-labels, images",
          "Validation Dice",
          "Mean entropy, nats",
          "Mean BALD, nats",
        ],
        ...["Background, high uncertainty", "Background, all", "Look, min"],
      ],
      body,
    ),
  );
}
