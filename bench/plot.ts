/** How time grows with the image and with the batch, as an SVG. */
import { type ChartLine, drawLineCharts } from "../lib/render/line-charts.js";
import type { RowResult } from "./results.js";

const panels = {
  size: { title: "side of the image, px (batch 1)", fixed: 1 },
  batch: { title: "images in a batch (256 px)", fixed: 256 },
};
const sideNames = { acinus: "acinus", defaults: "Python, defaults", best: "Python, best" } as const;

/** Of all rows named scaling-SIZExBATCH; undefined when there are fewer than two. */
export async function scalingChart(results: readonly RowResult[]): Promise<string | undefined> {
  const rows = results.filter(({ name }) => name.startsWith("scaling-"));
  if (rows.length < 2) return undefined;
  return drawLineCharts({
    title: "Training step, UNet++ on efficientnet-b0, fp32: median, smallest and largest",
    yTitle: "seconds per training step",
    panels: (["size", "batch"] as const).map((key) => ({ title: panels[key].title, lines: lines(rows, key) })),
    scale: "log",
  });
}

function lines(rows: readonly RowResult[], panel: keyof typeof panels): ChartLine[] {
  return (Object.keys(sideNames) as (keyof typeof sideNames)[]).map((side) => ({
    name: sideNames[side],
    points: rows.flatMap((row) => {
      const { size, batch, acinus, python } = row;
      const seconds = { acinus, ...python }[side]?.seconds;
      if (!seconds || size === "real" || (panel === "size" ? batch : size) !== panels[panel].fixed) return [];
      return { x: panel === "size" ? size : batch, y: seconds.median, range: [seconds.min, seconds.max] as const };
    }),
  }));
}
