import type { Layout } from "./layout.js";
import { only, pairFolders } from "./pairs.js";

/** tissue images/ with label masks modify/ (or label masks/): NuInsSeg. */
export const nuinsseg: Layout = {
  name: "nuinsseg",
  title: "tissue images/ with label masks modify/ or label masks/ (NuInsSeg)",
  async find(folder) {
    const images = await only(folder, ["tissue images"], "images");
    if (!images) return null;
    for (const name of ["label masks modify", "label masks", "mask binary"]) {
      const masks = await only(folder, [name], "masks");
      if (masks) return pairFolders(images, masks);
    }
    return null;
  },
};
