import type sharp from "sharp";

/** sharp, loaded when the first image is read or written. Loading takes a fifth of a second, and an import of acinus should not wait for it. */
export async function loadSharp(): Promise<typeof sharp> {
  return (await import("sharp")).default;
}
