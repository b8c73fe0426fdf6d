import type { Random } from "../system/random.js";
import type { Layout } from "./layout.js";
import { addBlur, coverage, fractalNoise, overBlob, valueNoise } from "./texture.js";

/** Bright textured nuclei on a dark, unevenly lit ground: haze, out-of-focus light, bright specks, shot and read noise. */
export function drawFluorescence(random: Random, layout: Layout, size: number): Uint8Array {
  const light = new Float32Array(size * size);
  const brighten = (pixel: number, amount: number) => {
    light[pixel] = Math.max(light[pixel] as number, amount);
  };
  const chromatin = fractalNoise(random, size, 5, 2);
  const exposure = random.uniform(0.45, 0.9);
  for (const blob of layout.nuclei) {
    const [brightness, softness] = [exposure * random.uniform(0.7, 1.1), random.uniform(1.2, 2.4)];
    overBlob(blob, size, 1 + softness / blob.radius, (pixel, relative) => {
      const body = brightness * (1 + 0.3 * (chromatin[pixel] as number)) * (1.1 - 0.25 * relative * relative);
      brighten(pixel, body * coverage(blob, relative, softness));
    });
  }
  const haze = valueNoise(random, size, size / 2.5);
  const [ground, hazeAmount] = [random.uniform(0.02, 0.08), random.uniform(0, 0.05)];
  for (let i = 0; i < light.length; i++) light[i] = (light[i] as number) + ground + hazeAmount * (1 + (haze[i] as number));
  for (const blob of layout.blurred) {
    const amount = exposure * random.uniform(0.08, 0.22);
    addBlur(light, blob, size, amount);
  }
  for (const blob of layout.debris) {
    const amount = random.uniform(0.15, 0.9);
    overBlob(blob, size, 2.5, (pixel, relative) => brighten(pixel, amount * Math.exp(-relative * relative)));
  }
  return expose(random, light, size);
}

/** Vignetting, noise, and the camera's look-up table: grey or tinted blue. */
function expose(random: Random, light: Float32Array, size: number): Uint8Array {
  const [centreX, centreY] = [random.uniform(0.2, 0.8) * size, random.uniform(0.2, 0.8) * size];
  const [falloff, shot, read] = [random.uniform(0, 0.4), random.uniform(0.0005, 0.002), random.uniform(0.005, 0.02)];
  const tint = random.chance(0.5) ? [1, 1, 1] : [random.uniform(0.05, 0.3), random.uniform(0.2, 0.5), 1];
  const image = new Uint8Array(size * size * 3);
  for (let i = 0; i < light.length; i++) {
    const distance = Math.hypot((i % size) - centreX, Math.floor(i / size) - centreY) / size;
    const signal = (light[i] as number) * (1 - falloff * distance * distance);
    const value = signal + random.normal() * Math.sqrt(read * read + shot * Math.max(0, signal));
    for (let channel = 0; channel < 3; channel++) {
      image[3 * i + channel] = Math.max(0, Math.min(255, Math.round(255 * value * (tint[channel] as number))));
    }
  }
  return image;
}
