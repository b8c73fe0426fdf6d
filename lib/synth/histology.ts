import type { Random } from "../system/random.js";
import type { Layout } from "./layout.js";
import { addBlur, coverage, fractalNoise, overBlob, valueNoise } from "./texture.js";

/** Optical density of the stains in R, G, B (Macenko et al. 2009). */
const hematoxylin = [0.5626, 0.7201, 0.4062];
const eosin = [0.2159, 0.8012, 0.5581];

/** Purple nuclei in pink tissue with fibres and white gaps: Beer–Lambert over two stains, uneven light, grain. */
export function drawHistology(random: Random, layout: Layout, size: number): Uint8Array {
  const nuclear = new Float32Array(size * size);
  const tissue = drawTissue(random, size);
  const chromatin = fractalNoise(random, size, 4, 2);
  const strength = random.uniform(0.75, 1.25);
  for (const blob of layout.nuclei) {
    const [density, softness] = [strength * random.uniform(0.75, 1.15), random.uniform(1.2, 2.4)];
    // Vesicular nuclei are pale inside with a dark rim, the others solid.
    const pale = random.chance(0.35) ? random.uniform(0.2, 0.4) : 0;
    overBlob(blob, size, 1 + softness / blob.radius, (pixel, relative) => {
      const inside = density * (1 - pale * (1 - relative * relative)) * (1 + 0.3 * (chromatin[pixel] as number));
      nuclear[pixel] = Math.max(nuclear[pixel] as number, inside * coverage(blob, relative, softness));
    });
  }
  for (const blob of layout.blurred) {
    const density = strength * random.uniform(0.08, 0.22);
    addBlur(nuclear, blob, size, density);
  }
  for (const blob of layout.debris) {
    const density = random.uniform(0.3, 1.2);
    overBlob(blob, size, 2.5, (pixel, relative) => {
      nuclear[pixel] = Math.max(nuclear[pixel] as number, density * Math.exp(-relative * relative));
    });
  }
  return transmit(random, nuclear, tissue, size);
}

/** Eosin: cloudy cytoplasm, fibres in one direction, and gaps without tissue. */
function drawTissue(random: Random, size: number): Float32Array {
  const cloud = fractalNoise(random, size, size / 5, 3);
  const bend = fractalNoise(random, size, size / 3, 3);
  const bundles = valueNoise(random, size, size / 4);
  const gaps = valueNoise(random, size, size / 3);
  const [angle, wavelength] = [random.uniform(0, Math.PI), random.uniform(7, 16)];
  const [fibres, base, gapLevel] = [random.uniform(0, 0.12), random.uniform(0.2, 0.45), random.uniform(0.3, 1.2)];
  return cloud.map((value, i) => {
    const along = (i % size) * Math.cos(angle) + Math.floor(i / size) * Math.sin(angle);
    const fibre =
      Math.sin((2 * Math.PI * along) / wavelength + 9 * (bend[i] as number)) * Math.max(0, 0.3 + (bundles[i] as number));
    const open = Math.min(1, Math.max(0, 6 * ((gaps[i] as number) - gapLevel)));
    return Math.max(0.02, (base + 0.18 * value + fibres * fibre) * (1 - 0.9 * open));
  });
}

function transmit(random: Random, nuclear: Float32Array, tissue: Float32Array, size: number): Uint8Array {
  const [tiltX, tiltY, grain] = [random.uniform(-0.08, 0.08), random.uniform(-0.08, 0.08), random.uniform(0.008, 0.02)];
  const white = [random.uniform(0.93, 1), random.uniform(0.92, 0.98), random.uniform(0.93, 1)];
  const image = new Uint8Array(size * size * 3);
  for (let i = 0; i < nuclear.length; i++) {
    const light = 1 + tiltX * ((i % size) / size - 0.5) + tiltY * (i / size / size - 0.5);
    for (let channel = 0; channel < 3; channel++) {
      const density =
        (nuclear[i] as number) * (hematoxylin[channel] as number) + (tissue[i] as number) * (eosin[channel] as number);
      const value = light * (white[channel] as number) * Math.exp(-density) + grain * random.normal();
      image[3 * i + channel] = Math.max(0, Math.min(255, Math.round(255 * value)));
    }
  }
  return image;
}
