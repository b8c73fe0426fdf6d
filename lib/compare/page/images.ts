import { paragraph, section, table } from "../../render/html.js";
import type { Comparison } from "../comparison.js";
import { decimal, densityRange, missing, signed, value } from "../words.js";
import { rowName } from "./table-two.js";

/** Lowest and range of the Dice of single images. */
export function spreadSection({ rows }: Comparison): string {
  const known = rows.flatMap((row) => (row.spread ? [{ row, spread: row.spread }] : []));
  if (known.length === 0) return "";
  const body = known.map(({ row, spread }) => {
    const { minimum, quartile, median, upperQuartile, maximum } = spread;
    const all = [minimum, quartile, median, upperQuartile, maximum, maximum - minimum];
    return [rowName(row), ...all.map((number) => value("dicePerImage", number))];
  });
  return section(
    "spread",
    "The worst image, and the best",
    paragraph("Dice of single images with cells, over all repetitions. The paper's floor is 0.90."),
    table("Dice of single images", ["System", "Lowest", "Quarter below", "Median", "Quarter above", "Highest", "Range"], body),
  );
}

/** Scores by how dense the cells lie. */
export function densitySection({ rows }: Comparison): string {
  const known = rows.filter(({ density }) => density.length > 0);
  if (known.length === 0) return "";
  const body = known.flatMap((row) =>
    row.density.map((one, i) => [
      i === 0 ? rowName(row) : "",
      densityRange(one),
      decimal(one.images, 0),
      value("dicePerImage", one.dice),
      value("boundaryF1", one.boundaryF1),
      value("objectF1", one.objectF1),
      Number.isNaN(one.shift) ? missing : signed("shift", one.shift),
    ]),
  );
  return section(
    "density",
    "By the density of cells",
    paragraph(
      "True cells per 200 × 200 px; the paper calls 8 to 10 and more dense, and says that outlines become too large there. The signed boundary error, " +
        "px, is the mean distance of the predicted outline from the true one: above 0 too large (over-segmentation), below 0 too small.",
    ),
    table(
      "Scores by density",
      ["System", "Cells per 200 × 200 px", "Images", "Dice", "Boundary F1", "Cell F1", "Signed boundary error"],
      body,
    ),
  );
}
