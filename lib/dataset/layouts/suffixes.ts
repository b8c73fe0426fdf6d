import { withoutResults } from "../results.js";
import type { Layout } from "./layout.js";
import { imageSuffix, maskSuffix, match, stem } from "./match.js";

/** x.png beside x_mask.png, as many programs write it; Cellpose's x_img.png, x_masks.png and x_cp_masks.png among them. */
export const suffixes: Layout = {
  name: "suffixes",
  title: "x.png beside x_mask.png, x_masks.png, x_cp_masks.png or x_label.png",
  async find(folder) {
    const files = await withoutResults(folder.path, folder.images());
    const masks = files.filter((file) => maskSuffix.test(stem(file)));
    if (masks.length === 0) return null;
    const images = files.filter((file) => !masks.includes(file));
    const { pairs, problems } = match(images, masks, { maskSuffix, imageSuffix });
    return { samples: pairs, problems };
  },
};
