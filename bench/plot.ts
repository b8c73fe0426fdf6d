/** How time grows with the image and with the batch, as an SVG. */
import type { RowResult } from "./results.js";

interface Point {
  readonly side: string;
  readonly panel: string;
  readonly x: number;
  readonly seconds: number;
  readonly min: number;
  readonly max: number;
}

const panels = {
  size: { title: "side of the image, px (batch 1)", fixed: 1 },
  batch: { title: "images in a batch (256 px)", fixed: 256 },
};
const sideNames = { acinus: "acinus", defaults: "Python, defaults", best: "Python, best" } as const;

/** Of all rows named scaling-SIZExBATCH; undefined when there are fewer than two. */
export async function scalingChart(results: readonly RowResult[]): Promise<string | undefined> {
  const rows = results.filter(({ name }) => name.startsWith("scaling-"));
  if (rows.length < 2) return undefined;
  const vegaLite = await import("vega-lite");
  const vega = await import("vega");
  const { spec } = vegaLite.compile(specification(rows));
  return new vega.View(vega.parse(spec), { renderer: "none" }).toSVG();
}

function specification(rows: readonly RowResult[]) {
  const panel = (key: keyof typeof panels) => {
    const x = { field: "x", type: "quantitative" as const, scale: { type: "log" as const, base: 2 }, title: panels[key].title };
    const values = rows.flatMap((row) => points(row, key));
    const ticks = [...new Set(values.map((point) => point.x))].sort((a, b) => a - b);
    const y = { type: "quantitative" as const, scale: { type: "log" as const }, title: "seconds per training step" };
    const color = { field: "side", type: "nominal" as const, title: null, sort: Object.values(sideNames) };
    return {
      data: { values },
      width: 300,
      height: 260,
      encoding: { x: { ...x, axis: { values: ticks } }, color },
      layer: [
        { mark: { type: "line" as const, point: true }, encoding: { y: { ...y, field: "seconds" } } },
        { mark: { type: "rule" as const }, encoding: { y: { ...y, field: "min" }, y2: { field: "max" } } },
      ],
    };
  };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: "Training step, UNet++ on efficientnet-b0, fp32: median, smallest and largest",
    background: "white",
    hconcat: [panel("size"), panel("batch")],
    resolve: { scale: { y: "shared" as const, color: "shared" as const } },
  };
}

function points(row: RowResult, panel: keyof typeof panels): Point[] {
  const { size, batch, acinus, python } = row;
  if (size === "real" || (panel === "size" ? batch : size) !== panels[panel].fixed) return [];
  const sides = { acinus, ...python };
  return (Object.keys(sides) as (keyof typeof sideNames)[]).flatMap((name) => {
    const seconds = sides[name]?.seconds;
    if (!seconds) return [];
    const x = panel === "size" ? size : batch;
    return { side: sideNames[name], panel, x, seconds: seconds.median, min: seconds.min, max: seconds.max };
  });
}
