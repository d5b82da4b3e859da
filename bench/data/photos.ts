// Draws pictures that cost a decoder as much as photos: smooth light, a few sharp shapes, texture in every octave, and
// colours that vary more slowly than brightness. A picture depends on its seed alone.
import { hash32 } from "../../data/mod.ts";

/** Draws an RGB picture [height, width, 3]. */
export function photo(seed: number, height: number, width: number): Uint8Array<ArrayBuffer> {
  const random = (...key: number[]): number => hash32(seed, ...key) / 2 ** 32;
  const light = new Float32Array(height * width);
  const tint = [new Float32Array(height * width), new Float32Array(height * width)];
  for (let octave = 2; octave < 9; octave++) {
    // As in nature: half the frequency, twice the amplitude; some pictures are rougher than others.
    const amplitude = 210 * 2 ** (-octave * (.5 + .3 * random(1)));
    addNoise(light, height, width, 2 ** octave, amplitude, seed, octave);
    if (octave < 5) {
      for (const c of [0, 1]) {
        addNoise(tint[c], height, width, 2 ** octave, 90 / 2 ** octave, seed, octave, c + 1);
      }
    }
  }
  for (let i = 0; i < 12; i++) addShape(light, tint, height, width, (...key) => random(2, i, ...key));
  const pixels = new Uint8Array(height * width * 3);
  const grain = 8 + 18 * random(3);
  for (let i = 0; i < height * width; i++) {
    const y = 118 + light[i] + grain * (hash32(seed, 4, i) / 2 ** 32 - .5) * 2;
    pixels[3 * i] = clamp(y + tint[0][i]);
    pixels[3 * i + 1] = clamp(y - .4 * tint[0][i] - .3 * tint[1][i]);
    pixels[3 * i + 2] = clamp(y + tint[1][i]);
  }
  return pixels;
}

/** Adds smooth noise of `cells` cells along the longer side. */
function addNoise(
  plane: Float32Array,
  height: number,
  width: number,
  cells: number,
  amplitude: number,
  ...key: number[]
): void {
  const cell = Math.max(height, width) / cells;
  const columns = Math.ceil(width / cell) + 2;
  const corners = Float32Array.from(
    { length: columns * (Math.ceil(height / cell) + 2) },
    (_, i) => (hash32(...key, 77, i) / 2 ** 31 - 1) * amplitude,
  );
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / cell), down = ease(y / cell - row);
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / cell), along = ease(x / cell - column);
      const at = row * columns + column;
      const above = corners[at] + along * (corners[at + 1] - corners[at]);
      const below = corners[at + columns] + along * (corners[at + columns + 1] - corners[at + columns]);
      plane[y * width + x] += above + down * (below - above);
    }
  }
}

/** Adds a disc or a tilted rectangle of another brightness and tint, with a sharp edge. */
function addShape(
  light: Float32Array,
  tint: Float32Array[],
  height: number,
  width: number,
  random: (...key: number[]) => number,
): void {
  const x0 = random(0) * width, y0 = random(1) * height;
  const size = (.04 + .25 * random(2) ** 2) * Math.max(height, width), long = size * (.3 + random(3));
  const cos = Math.cos(7 * random(4)), sin = Math.sin(7 * random(4));
  const disc = random(5) < .5;
  const change = 120 * (random(6) - .5), red = 80 * (random(7) - .5), blue = 80 * (random(8) - .5);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = ((x - x0) * cos + (y - y0) * sin) / size, v = ((y - y0) * cos - (x - x0) * sin) / long;
      if (disc ? u * u + v * v > 1 : Math.abs(u) > 1 || Math.abs(v) > 1) continue;
      light[y * width + x] += change;
      tint[0][y * width + x] += red;
      tint[1][y * width + x] += blue;
    }
  }
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
}
