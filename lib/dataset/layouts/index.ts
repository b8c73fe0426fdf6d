/** All layouts that are known by name, the most common first. */
import { aperio } from "./aperio.js";
import { cellpose } from "./cellpose.js";
import { coco } from "./coco.js";
import { conic } from "./conic.js";
import { dsb } from "./dsb.js";
import { geojson } from "./geojson.js";
import { imagej } from "./imagej.js";
import { labelme } from "./labelme.js";
import type { Layout } from "./layout.js";
import { nnunet } from "./nnunet.js";
import { nuinsseg } from "./nuinsseg.js";
import { pairs } from "./pairs.js";
import { pannuke } from "./pannuke.js";
import { suffixes } from "./suffixes.js";
import { tissuenet } from "./tissuenet.js";
import { tnbc } from "./tnbc.js";

export const layouts: readonly Layout[] = [
  ...[pairs, suffixes, dsb, cellpose, geojson, aperio, labelme, imagej, coco],
  ...[tnbc, nuinsseg, nnunet, pannuke, conic, tissuenet],
];
