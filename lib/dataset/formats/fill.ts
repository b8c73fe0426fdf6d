/** Outlines to pixels: a pixel is inside where its centre is. Coordinates count from the image's upper left corner; a pixel is 1 wide. */

/** x, y in turn. */
export type Ring = readonly number[];

/** Rings of one shape together: what lies in a ring within a ring is a hole (even and odd). */
export type Shape = readonly Ring[];

/** No outline has more points. */
const mostPoints = 1 << 22;

/** Writes `value` into the pixels of a shape; what lies outside of the image is left out. */
export function fill(labels: Int32Array, width: number, height: number, shape: Shape, value: number): void {
  if (shape.reduce((sum, ring) => sum + ring.length, 0) > 2 * mostPoints)
    throw new Error("an outline has more than 4 million points");
  const edges = edgesOf(shape, height);
  let next = 0;
  let active: Edge[] = [];
  for (let y = edges[0]?.first ?? height; y < height && (next < edges.length || active.length > 0); y++) {
    active = active.filter((edge) => edge.last >= y);
    for (let edge = edges[next]; edge && edge.first <= y; edge = edges[++next]) if (edge.last >= y) active.push(edge);
    const crossings = active.map(({ x, y: from, slope }) => x + (y + 0.5 - from) * slope).sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const start = Math.max(0, Math.ceil((crossings[i] as number) - 0.5));
      const end = Math.min(width, Math.ceil((crossings[i + 1] as number) - 0.5));
      if (start < end) labels.fill(value, y * width + start, y * width + end);
    }
  }
}

interface Edge {
  /** The rows whose centres it crosses. */
  first: number;
  last: number;
  x: number;
  y: number;
  slope: number;
}

function edgesOf(shape: Shape, height: number): Edge[] {
  const edges: Edge[] = [];
  for (const ring of shape) {
    for (let i = 0; i + 1 < ring.length; i += 2) {
      const j = i + 3 < ring.length ? i + 2 : 0;
      const [x1, y1, x2, y2] = [ring[i], ring[i + 1], ring[j], ring[j + 1]] as [number, number, number, number];
      if (!(Number.isFinite(x1) && Number.isFinite(y1))) throw new Error("an outline holds a coordinate that is no number");
      const [top, bottom] = y1 < y2 ? [y1, y2] : [y2, y1];
      const first = Math.max(0, Math.ceil(top - 0.5));
      const last = Math.min(height, Math.ceil(bottom - 0.5)) - 1;
      if (first <= last) edges.push({ first, last, x: x1, y: y1, slope: (x2 - x1) / (y2 - y1) });
    }
  }
  return edges.sort((a, b) => a.first - b.first);
}
