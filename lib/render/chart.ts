/** A chart of lines as SVG for a page: it takes the page's colours, light or dark, and tells each value where the pointer rests. */
import { escaped } from "./html.js";
import { logTicks, type Scale, scaleOf, ticksOf, written } from "./scale.js";

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  /** Ends of a band around the line. */
  readonly range?: readonly [low: number, high: number];
}

export interface PlotLine {
  readonly name: string;
  /** Those whose y is not finite break the line. */
  readonly points: readonly PlotPoint[];
  readonly kind?: "solid" | "dashed" | "dots";
  /** Another word in the legend; false: none. */
  readonly legend?: string | false;
}

/** Something that happened. */
export interface PlotMark {
  readonly x: number;
  /** Left out: a line from top to bottom. */
  readonly y?: number;
  readonly text: string;
}

export interface Plot {
  readonly title: string;
  readonly xTitle: string;
  readonly lines: readonly PlotLine[];
  readonly marks?: readonly PlotMark[];
  /** "log" needs values above 0; others are left out. Default "linear". */
  readonly scale?: "linear" | "log";
  /** Of the y axis; default what the values take. */
  readonly range?: readonly [low: number, high: number];
}

const [width, height] = [480, 240];
const frame = { left: 58, right: 12, top: 12, bottom: 40 };

/** Empty where there is no value to draw. */
export function plot({ title, xTitle, lines, marks = [], scale = "linear", range }: Plot): string {
  const drawn = lines
    .map((line) => ({ ...line, points: line.points.filter(({ y }) => scale === "linear" || !(y <= 0)) }))
    .filter(({ points }) => points.some(({ y }) => Number.isFinite(y)));
  const points = drawn.flatMap((line) => line.points).filter(({ y }) => Number.isFinite(y));
  if (points.length === 0) return "";
  const values = points.flatMap(({ y, range: ends = [] }) => [y, ...ends]).filter((y) => scale === "linear" || y > 0);
  const [low, high] = range ?? extent(values);
  const x = scaleOf(extent(points.map((point) => point.x)), [frame.left, width - frame.right], "linear");
  const y = scaleOf([low, high], [height - frame.bottom, frame.top], scale);
  const inner = [
    axes(x, y, scale, xTitle),
    ...marks.filter((mark) => mark.y === undefined).map((mark) => upright(mark, x)),
    ...drawn.map((line, i) => lineOf(line, i, x, y)),
    ...marks.filter((mark) => mark.y !== undefined).map((mark) => cross(mark, x, y)),
  ];
  const label = `${title}. ${drawn.map(described).join(" ")}`;
  const svg = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(label)}" font-size="12">${inner.join("")}</svg>`;
  return `<figure class="plot"><figcaption>${escaped(title)}${legend(drawn)}</figcaption>${svg}</figure>`;
}

/** Means of so many stretches at most, with a band from lowest to highest. */
export function thinned(points: readonly PlotPoint[], count = 300): PlotPoint[] {
  const finite = points.filter(({ y }) => Number.isFinite(y));
  if (finite.length <= count) return finite;
  const size = finite.length / count;
  return Array.from({ length: count }, (_, i) => {
    const some = finite.slice(Math.round(i * size), Math.round((i + 1) * size));
    const values = some.map(({ y }) => y);
    const mean = (all: readonly number[]) => all.reduce((sum, value) => sum + value, 0) / all.length;
    return { x: mean(some.map(({ x }) => x)), y: mean(values), range: [Math.min(...values), Math.max(...values)] };
  });
}

function extent(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}

function lineOf({ name, points, kind = "solid" }: PlotLine, i: number, x: Scale, y: Scale): string {
  const at = (point: PlotPoint, value = point.y) => `${x(point.x).toFixed(1)},${y(value).toFixed(1)}`;
  const stretches: PlotPoint[][] = [[]];
  for (const point of points) {
    if (Number.isFinite(point.y)) stretches.at(-1)?.push(point);
    else stretches.push([]);
  }
  const full = stretches.filter(({ length }) => length > 0);
  const band = full.map((some) => {
    if (!some.every(({ range }) => range)) return "";
    const upper = some.map((point) => at(point, point.range?.[1]));
    const lower = some.map((point) => at(point, Math.max(point.range?.[0] ?? 0, y.least))).reverse();
    return `<polygon class="band" points="${[...upper, ...lower].join(" ")}"/>`;
  });
  const path = kind === "dots" ? [] : full.map((some) => `<polyline points="${some.map((point) => at(point)).join(" ")}"/>`);
  const dots = full.flat().map((point) => {
    const text = `${name}: ${written(point.y)} at ${written(point.x)}`;
    const [cx, cy] = at(point).split(",");
    return `<circle cx="${cx}" cy="${cy}" r="${kind === "dots" || points.length <= 40 ? 2.5 : 4}"${kind === "dots" || points.length <= 40 ? "" : ' class="hidden"'}><title>${escaped(text)}</title></circle>`;
  });
  return `<g class="line s${i % 6} ${kind}">${band.join("")}${path.join("")}${dots.join("")}</g>`;
}

function axes(x: Scale, y: Scale, scale: "linear" | "log", xTitle: string): string {
  const rows = (scale === "log" ? logTicks(y.domain) : ticksOf(y.domain, 5)).map((value) => {
    const at = y(value).toFixed(1);
    return `<line class="grid" x1="${frame.left}" x2="${width - frame.right}" y1="${at}" y2="${at}"/><text x="${frame.left - 8}" y="${at}" dy=".35em" text-anchor="end">${escaped(written(value))}</text>`;
  });
  const base = height - frame.bottom;
  const columns = ticksOf(x.domain, 8).map((value) => {
    const at = x(value).toFixed(1);
    return `<line class="tick" x1="${at}" x2="${at}" y1="${base}" y2="${base + 4}"/><text x="${at}" y="${base + 17}" text-anchor="middle">${escaped(written(value))}</text>`;
  });
  const title = `<text class="soft" x="${width - frame.right}" y="${height - 4}" text-anchor="end">${escaped(xTitle)}</text>`;
  return `${rows.join("")}<line class="tick" x1="${frame.left}" x2="${width - frame.right}" y1="${base}" y2="${base}"/>${columns.join("")}${title}`;
}

function upright({ x: at, text }: PlotMark, x: Scale): string {
  const place = x(at).toFixed(1);
  return `<line class="event" x1="${place}" x2="${place}" y1="${frame.top}" y2="${height - frame.bottom}"><title>${escaped(text)}</title></line>`;
}

function cross({ x: at, y: value = 0, text }: PlotMark, x: Scale, y: Scale): string {
  const [cx, cy] = [x(at), Math.min(Math.max(y(value), frame.top), height - frame.bottom)];
  const [l, r, t, b] = [cx - 5, cx + 5, cy - 5, cy + 5].map((place) => place.toFixed(1));
  return `<path class="outlier" d="M${l},${t}L${r},${b}M${l},${b}L${r},${t}"><title>${escaped(text)}</title></path>`;
}

function legend(lines: readonly PlotLine[]): string {
  const entry = ({ name, kind = "solid", legend: word = name }: PlotLine, i: number) =>
    word === false
      ? ""
      : `<span class="entry"><svg width="22" height="10" aria-hidden="true"><g class="line s${i % 6} ${kind}">${kind === "dots" ? '<circle cx="11" cy="5" r="3"/>' : '<polyline points="1,5 21,5"/>'}</g></svg>${escaped(word)}</span>`;
  return lines.length > 1 ? `<span class="legend">${lines.map(entry).join("")}</span>` : "";
}

function described({ name, points }: PlotLine): string {
  const finite = points.filter(({ y }) => Number.isFinite(y));
  const [first, last] = [finite[0] as PlotPoint, finite.at(-1) as PlotPoint];
  return `${name}: from ${written(first.y)} to ${written(last.y)}.`;
}
