import { z } from "zod";

/** Options of an ONNX export. */
export interface OnnxOptions {
  /**
   * Take RGB of 0 to 255 in this type and give probabilities: normalisation, edge channel and projection become part of the file.
   * By default the file takes the normalised network input and gives logits.
   */
  pixels?: "uint8" | "float32";
  /** Multiplies batch normalisation into the convolutions before it; onnxruntime does so itself when it loads a file. Default false. */
  foldBatchNorm?: boolean;
  /**
   * From this probability on a pixel is a cell, 0 to 1: noted in the file, not applied. By default what was chosen for the network, otherwise 0.5.
   */
  threshold?: number;
}

/** Options of an ONNX export, with all defaults. */
export interface OnnxConfig extends OnnxOptions {
  foldBatchNorm: boolean;
}

export const onnxOptionsSchema = z.strictObject({
  pixels: z.enum(["uint8", "float32"]).optional(),
  foldBatchNorm: z.boolean().default(false),
  threshold: z.number().min(0).max(1).optional(),
});
