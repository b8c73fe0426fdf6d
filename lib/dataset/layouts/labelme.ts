import { readJson, readText } from "../formats/file.js";
import type { Ring } from "../formats/fill.js";
import { type Outline, reading } from "../outlines.js";
import { type Annotations, findBeside } from "./beside.js";
import type { Layout } from "./layout.js";

/** Polygons in JSON as labelme saves them. */
export const labelme: Layout = {
  name: "labelme",
  title: "x.json (labelme) beside the images",
  find: (folder) =>
    findBeside(folder, {
      endings: [".json"],
      folders: ["annotations", "json", "labels", "masks"],
      read: readLabelme,
      accepts: async (path) => /"shapes"\s*:/.test(await readText(path, 2 ** 29)),
    }),
};

interface Shape {
  label?: unknown;
  points?: unknown;
  shape_type?: unknown;
  group_id?: unknown;
}

export async function readLabelme(path: string): Promise<Annotations> {
  return reading(path, async () => {
    const { shapes } = (await readJson(path)) as { shapes?: unknown };
    if (!Array.isArray(shapes)) throw new Error("it holds no list of shapes");
    const outlines: Outline[] = [];
    const groups = new Map<string, number>();
    for (const shape of shapes as Shape[]) {
      const ring = toRing(shape);
      if (!ring) continue;
      const className = typeof shape.label === "string" ? shape.label : null;
      // Shapes of one group are pieces of one object.
      const key = shape.group_id === null || shape.group_id === undefined ? undefined : `${shape.group_id} ${className}`;
      const known = key === undefined ? undefined : groups.get(key);
      if (known !== undefined) outlines[known] = { shapes: [...(outlines[known] as Outline).shapes, [ring]], className };
      else {
        if (key !== undefined) groups.set(key, outlines.length);
        outlines.push({ shapes: [[ring]], className });
      }
    }
    return { outlines };
  });
}

/** Undefined for points and lines, which mark no pixels. */
function toRing({ points, shape_type: type = "polygon" }: Shape): Ring | undefined {
  if (!Array.isArray(points)) throw new Error("a shape has no points");
  const flat = points.flatMap((point) => {
    if (Array.isArray(point) && typeof point[0] === "number" && typeof point[1] === "number") return [point[0], point[1]];
    throw new Error("a point has no coordinates");
  });
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = flat;
  if (type === "polygon") return flat.length >= 6 ? flat : undefined;
  if (type === "rectangle" && flat.length === 4) return [x1, y1, x2, y1, x2, y2, x1, y2];
  if (type === "circle" && flat.length === 4) {
    const radius = Math.hypot(x2 - x1, y2 - y1);
    return Array.from({ length: 128 }, (_, i) =>
      i % 2 === 0 ? x1 + radius * Math.cos((Math.PI * i) / 64) : y1 + radius * Math.sin((Math.PI * (i - 1)) / 64),
    );
  }
  if (["point", "points", "line", "linestrip"].includes(type as string)) return undefined;
  throw new Error(`a shape is of the type ${type}, which is not read`);
}
