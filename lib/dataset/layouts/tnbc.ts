import type { Layout, LayoutSample } from "./layout.js";
import { match } from "./match.js";

/** Slide_01/ with GT_01/: the number is the patient. */
export const tnbc: Layout = {
  name: "tnbc",
  title: "Slide_01/ with GT_01/, one pair of folders a patient (TNBC)",
  async find(folder) {
    const samples: LayoutSample[] = [];
    const problems = [];
    for (const name of folder.folders) {
      const number = /^slide_(\w+)$/i.exec(name)?.[1];
      const truth = number && folder.folders.find((other) => other.toLowerCase() === `gt_${number.toLowerCase()}`);
      if (!truth) continue;
      const [images, masks] = [(await folder.folder(name)).images(), (await folder.folder(truth)).images()];
      const found = match(images, masks);
      problems.push(...found.problems);
      samples.push(...found.pairs.map((pair) => ({ ...pair, group: number })));
    }
    return samples.length === 0 ? null : { samples: distinct(samples), problems };
  },
};

/** Names that two patients share get the patient's number in front. */
function distinct(samples: readonly LayoutSample[]): LayoutSample[] {
  const unique = new Set(samples.map(({ name }) => name)).size === samples.length;
  return samples.map((sample) => (unique ? sample : { ...sample, name: `${sample.group}/${sample.name}` }));
}
