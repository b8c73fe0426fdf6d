import { z } from "zod";

/** Options of an ONNX export. */
export const onnxOptionsSchema = z.strictObject({
  /**
   * Take RGB of 0…255 in this type and give probabilities: normalisation, edge channel and projection become part of the file.
   * Without it the file takes the normalised network input and gives logits.
   */
  pixels: z.enum(["uint8", "float32"]).optional(),
  /** Multiply batch normalisation into the convolutions before it; onnxruntime does so itself when it loads a file. */
  foldBatchNorm: z.boolean().default(false),
  /** From this probability on a pixel is a cell: noted in the file, not applied. Default: what was chosen for the network, otherwise 0.5. */
  threshold: z.number().min(0).max(1).optional(),
});

export type OnnxOptions = z.input<typeof onnxOptionsSchema>;
export type OnnxConfig = z.output<typeof onnxOptionsSchema>;
