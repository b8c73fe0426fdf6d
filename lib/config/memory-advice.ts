/** What helps where memory runs out: options of the work at hand, in a script and on the command line. */
export const memoryAdvice = {
  train:
    'Use a smaller batch (--batch), smaller crops (cropSize, --crop), memory: "low" (--set memory=low), or a smaller encoder (--encoder).',
  predict: "Use smaller tiles (tile, --tile), or no test-time augmentation (tta, --tta).",
  evaluate: "Use a smaller batch (--batch), smaller tiles (tile, --tile), or no test-time augmentation (tta, --tta).",
} as const;
