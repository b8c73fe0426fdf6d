/** The dihedral group: every flip and turn that maps pixels onto pixels. Rotations are counter-clockwise; transverse is the anti-transpose. */
export const testTimeTransformNames = [
  "identity",
  "hflip",
  "vflip",
  "rot90",
  "rot180",
  "rot270",
  "transpose",
  "transverse",
] as const;

export type TestTimeTransformName = (typeof testTimeTransformNames)[number];

/** What `tta: true` means: all but the anti-transpose. */
export const defaultTestTimeTransforms: readonly TestTimeTransformName[] = testTimeTransformNames.slice(0, 7);
