/** How a network saw the images that it was trained on; a checkpoint carries it, so that others are seen alike. */
import { z } from "zod";
import { channelsSchema } from "./data.js";
import { intensityRuleSchema } from "./intensity.js";

export const imagesSeenSchema = z.strictObject({
  /** How grey values became bytes. */
  intensity: intensityRuleSchema.optional(),
  /** The channels that were taken of images with several, by name or number. */
  channels: channelsSchema.optional(),
  /** µm per pixel, where all of them have about one. */
  pixelSize: z.number().positive().optional(),
});

export type ImagesSeen = Readonly<z.output<typeof imagesSeenSchema>>;
