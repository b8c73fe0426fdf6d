import { readText } from "../formats/file.js";
import { readXml } from "../formats/xml.js";
import { type Outline, reading } from "../outlines.js";
import { type Annotations, findBeside } from "./beside.js";
import type { Layout } from "./layout.js";

/** Regions as Aperio's ImageScope saves them: MoNuSeg, MoNuSAC. */
export const aperio: Layout = {
  name: "aperio",
  title: "x.xml (Aperio ImageScope) beside the images, or in Annotations/ beside Tissue Images/",
  find: (folder) =>
    findBeside(folder, {
      endings: [".xml"],
      folders: ["annotations", "annotation", "masks", "xml"],
      imageFolders: ["images", "image", "imgs", "img", "tissue images", "tissue_images"],
      read: readAperio,
      accepts: async (path) => /<Annotations[\s>]/.test(await readText(path, 2 ** 29)),
    }),
};

/** Larger files are no annotations of one image. */
const largestFile = 2 ** 28;

export async function readAperio(path: string): Promise<Annotations> {
  return reading(path, async () => {
    const outlines: Outline[] = [];
    let ring: number[] = [];
    let [annotation, region]: [string | null, string | null] = [null, null];
    let micrometres = Number.NaN;
    const attribute = (value: string | undefined) => (value === undefined || value.trim() === "" ? null : value);
    readXml(
      await readText(path, largestFile),
      (name, attributes) => {
        if (name === "Annotations") micrometres = Number(attributes.MicronsPerPixel ?? Number.NaN);
        if (name === "Annotation") annotation = attribute(attributes.Name);
        // MoNuSAC names the kind of cell in an attribute of the annotation.
        if (name === "Attribute" && annotation === null) annotation = attribute(attributes.Name);
        if (name === "Region") [ring, region] = [[], attribute(attributes.Text)];
        if (name === "Vertex") ring.push(Number(attributes.X), Number(attributes.Y));
      },
      (name) => {
        if (name === "Region" && ring.length >= 6) outlines.push({ shapes: [[ring]], className: annotation ?? region });
        if (name === "Annotation") annotation = null;
      },
    );
    return { outlines, pixelSize: micrometres > 0 && micrometres < 30 ? micrometres : undefined };
  });
}
