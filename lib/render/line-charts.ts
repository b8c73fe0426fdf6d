/**
 * Charts of lines as one SVG file, drawn by Vega: for the benchmark, in a clone. Pages draw with chart.ts, since Vega brings 50 packages and
 * its colours do not follow the page.
 */

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** Ends of a vertical bar through the point, for example the smallest and largest of several measurements. */
  readonly range?: readonly [low: number, high: number];
}

export interface ChartLine {
  /** In the legend. Lines of one name have one colour in all panels. */
  readonly name: string;
  readonly points: readonly ChartPoint[];
}

export interface ChartPanel {
  /** Below the horizontal axis. */
  readonly title: string;
  readonly lines: readonly ChartLine[];
}

export interface LineCharts {
  readonly title: string;
  /** Beside the vertical axis, which all panels share. */
  readonly yTitle: string;
  /** Side by side, at least one. */
  readonly panels: readonly ChartPanel[];
  /** "log" draws both axes logarithmically, with a tick at each x that has a point; every x and y must then be above 0. */
  readonly scale?: "linear" | "log";
}

/** Draws the panels side by side with one legend; 300 × 260 px each. */
export async function drawLineCharts(charts: LineCharts): Promise<string> {
  const [vegaLite, vega] = await Promise.all([import("vega-lite"), import("vega")]);
  const { spec } = vegaLite.compile(specification(charts));
  return new vega.View(vega.parse(spec), { renderer: "none" }).toSVG();
}

function specification({ title, yTitle, panels, scale = "linear" }: LineCharts) {
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title,
    background: "white",
    config: { legend: { labelLimit: 0 } },
    hconcat: panels.map((panel) => panelOf(panel, yTitle, names, scale)),
    resolve: { scale: { y: "shared" as const, color: "shared" as const } },
  };
}

function panelOf(panel: ChartPanel, yTitle: string, names: readonly string[], scale: "linear" | "log") {
  const values = panel.lines.flatMap(({ name, points }) =>
    points.map(({ x, y, range: [low, high] = [y, y] }) => ({ name, x, y, low, high })),
  );
  const ticks = [...new Set(values.map(({ x }) => x))].sort((a, b) => a - b);
  const x = {
    ...{ field: "x", type: "quantitative" as const, title: panel.title },
    ...(scale === "log" ? { scale: { type: "log" as const, base: 2 }, axis: { values: ticks } } : {}),
  };
  const y = {
    ...{ type: "quantitative" as const, title: yTitle },
    ...(scale === "log" ? { scale: { type: "log" as const } } : {}),
  };
  const color = { field: "name", type: "nominal" as const, title: null, sort: [...names] };
  return {
    data: { values },
    width: 300,
    height: 260,
    encoding: { x, color },
    layer: [
      { mark: { type: "line" as const, point: true }, encoding: { y: { ...y, field: "y" } } },
      { mark: { type: "rule" as const }, encoding: { y: { ...y, field: "low" }, y2: { field: "high" } } },
    ],
  };
}
