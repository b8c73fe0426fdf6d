import { paragraph, section, table } from "../../render/html.js";
import type { ReportContent } from "../content.js";

/** The paper's Table I for the images of the run. */
export function dataSection({ tables, run }: ReportContent): string {
  const { train, validation } = run.config.data;
  const counts = `The run was trained on ${train.images} images and validated on ${validation.images}.`;
  if (tables.length === 0) {
    return section("data", "Data", paragraph(`${counts} The run does not tell more of them, and the images are not at hand.`));
  }
  const percent = (value: number, digits = 1) => `${(100 * value).toFixed(digits)} %`;
  const rows = tables.map(({ name, statistics: all }) => [
    name,
    String(all.images),
    `${all.withCells} (${percent(all.withCells / all.images, 0)})`,
    `${all.withoutCells} (${percent(all.withoutCells / all.images, 0)})`,
    percent(all.averageCellShare, 2),
    percent(all.cellPixelShare, 2),
    String(all.components),
  ]);
  return section(
    "data",
    "Data",
    paragraph(counts),
    table(
      "The paper's Table I for this data",
      ["Set", "Images", "With cells", "Without cells", "Average cell size", "Cell pixels", "Components"],
      rows,
    ),
  );
}
