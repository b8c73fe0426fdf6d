/** A closed ring of pixel corners, first = last; corner (x, y) is the top left of pixel (x, y). */
export type Ring = [number, number][];
/** An outer ring (clockwise on screen) and its holes (counter-clockwise). */
export type Polygon = Ring[];

/**
 * The outline of one label along the pixels' edges: the polygons cover exactly its pixels. Rings are simple (no corner twice); parts that touch at
 * a corner only become polygons of their own.
 */
export function outline(
  labels: Int32Array,
  label: number,
  width: number,
  box: { x: number; y: number; width: number; height: number },
): Polygon[] {
  const inside = (x: number, y: number) =>
    x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height && labels[y * width + x] === label;
  const rings = traceRings(inside, box).flatMap(splitAtRepeats);
  const outer = rings.filter((ring) => signedArea(ring) > 0);
  const polygons: Polygon[] = outer.map((ring) => [simplify(ring)]);
  for (const hole of rings.filter((ring) => signedArea(ring) < 0)) {
    // Any pixel beside a hole belongs to the polygon around it; the innermost such outer ring owns the hole.
    const [x, y] = pixelOnTheRight(hole);
    const owners = outer.map((ring, index) => ({ ring, index })).filter(({ ring }) => contains(ring, x + 0.5, y + 0.5));
    owners.sort((a, b) => signedArea(a.ring) - signedArea(b.ring));
    polygons[owners[0]?.index ?? 0]?.push(simplify(hole));
  }
  return polygons;
}

// Directions in clockwise order on screen: right, down, left, up. Walking, the label's pixels lie on the right hand.
const steps = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

function traceRings(
  inside: (x: number, y: number) => boolean,
  box: { x: number; y: number; width: number; height: number },
): Ring[] {
  /** Is there an edge from corner (x, y) in a direction: a pixel of the label on its right and none on its left? */
  const edge = (x: number, y: number, direction: number) => {
    const corners = [
      [0, 0, 0, -1],
      [-1, 0, 0, 0],
      [-1, -1, -1, 0],
      [0, -1, -1, -1],
    ][direction] as [number, number, number, number];
    return inside(x + corners[0], y + corners[1]) && !inside(x + corners[2], y + corners[3]);
  };
  const visited = new Set<number>();
  const key = (x: number, y: number, direction: number) => ((y - box.y) * (box.width + 1) + (x - box.x)) * 4 + direction;
  const rings: Ring[] = [];
  for (let top = box.y; top <= box.y + box.height; top++) {
    for (let left = box.x; left <= box.x + box.width; left++) {
      // Every ring has an edge to the right.
      if (visited.has(key(left, top, 0)) || !edge(left, top, 0)) continue;
      const ring: Ring = [];
      let [x, y, direction] = [left, top, 0];
      do {
        visited.add(key(x, y, direction));
        ring.push([x, y]);
        const [dx, dy] = steps[direction] as (typeof steps)[number];
        [x, y] = [x + dx, y + dy];
        // Right first: where two pixels touch at a corner, the walk stays with the one it follows.
        direction = [1, 0, 3].map((turn) => (direction + turn) % 4).find((next) => edge(x, y, next)) as number;
      } while (!visited.has(key(x, y, direction)));
      rings.push(ring);
    }
  }
  return rings;
}

/** Cuts an open ring at corners it passes twice. */
function splitAtRepeats(ring: Ring): Ring[] {
  const out: Ring[] = [];
  const stack: Ring = [];
  const at = new Map<string, number>();
  for (const corner of ring) {
    const seen = at.get(`${corner}`);
    if (seen !== undefined) {
      const loop = stack.splice(seen);
      for (const [x, y] of loop) at.delete(`${[x, y]}`);
      out.push(loop);
    }
    at.set(`${corner}`, stack.length);
    stack.push(corner);
  }
  out.push(stack);
  return out;
}

/** Keeps the corners where the outline turns, and closes the ring. */
function simplify(ring: Ring): Ring {
  const corners = ring.filter(([x, y], i) => {
    const [px, py] = ring.at(i - 1) as [number, number];
    const [nx, ny] = ring[(i + 1) % ring.length] as [number, number];
    return (x - px) * (ny - y) !== (y - py) * (nx - x);
  });
  return [...corners, corners[0] as [number, number]];
}

/** Positive for outer rings, which run clockwise on screen. */
function signedArea(ring: Ring): number {
  let twice = 0;
  ring.forEach(([x, y], i) => {
    const [nx, ny] = ring[(i + 1) % ring.length] as [number, number];
    twice += x * ny - nx * y;
  });
  return twice / 2;
}

function pixelOnTheRight(ring: Ring): [number, number] {
  const [[x, y], [nx, ny]] = ring as [[number, number], [number, number]];
  if (nx > x) return [x, y];
  if (ny > y) return [x - 1, y];
  if (nx < x) return [x - 1, y - 1];
  return [x, y - 1];
}

function contains(ring: Ring, px: number, py: number): boolean {
  let crossings = 0;
  ring.forEach(([x, y], i) => {
    const [nx, ny] = ring[(i + 1) % ring.length] as [number, number];
    if (y > py !== ny > py && px < x + ((py - y) / (ny - y)) * (nx - x)) crossings++;
  });
  return crossings % 2 === 1;
}
