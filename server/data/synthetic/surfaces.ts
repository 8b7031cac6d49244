/** Surfaces without defects: three materials under uneven light, with harmless marks that are no defects. */
import { around, blankCanvas, smoothNoise } from './canvas.ts';
import type { Canvas, Dice } from './canvas.ts';

type Material = (canvas: Canvas, dice: Dice) => void;

function addNoise(canvas: Canvas, noise: Float64Array, amplitude: number): void {
  noise.forEach((value, i) => (canvas.grey[i] = (canvas.grey[i] ?? 0) + amplitude * value));
}

/** Brushed metal: streaks along one direction. */
const brushed: Material = (canvas, dice) => {
  const { width, height } = canvas;
  addNoise(canvas, smoothNoise(dice, width, height, width >> 2, 0), dice.between(0.03, 0.05));
  addNoise(canvas, smoothNoise(dice, width, height, 3, 0), 0.02);
};

/** Cast metal: grains of one size over larger ones. */
const cast: Material = (canvas, dice) => {
  const { width, height } = canvas;
  addNoise(canvas, smoothNoise(dice, width, height, 1, 1), dice.between(0.03, 0.045));
  addNoise(canvas, smoothNoise(dice, width, height, 6, 6), 0.025);
};

/** Woven or ground: fine regular waves that drift. */
const woven: Material = (canvas, dice) => {
  const { width, height, grey } = canvas;
  const drift = smoothNoise(dice, width, height, width >> 3, height >> 3);
  const [period, slope, phase] = [dice.between(5, 8), dice.between(-0.4, 0.4), dice.between(0, 6)];
  for (let i = 0; i < grey.length; i += 1) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const wave = Math.sin((2 * Math.PI * (x + slope * y)) / period + phase + 0.6 * (drift[i] ?? 0));
    grey[i] = (grey[i] ?? 0) + 0.045 * wave;
  }
  addNoise(canvas, smoothNoise(dice, width, height, 0, 0), 0.015);
};

const materials: readonly Material[] = [brushed, cast, woven];

/** A gradient across the picture and a soft bright or dark patch: means tell nothing about defects. */
function light(canvas: Canvas, dice: Dice): void {
  const { width, height, grey } = canvas;
  const base = dice.between(0.4, 0.62);
  const [gx, gy] = [dice.between(-0.16, 0.16), dice.between(-0.16, 0.16)];
  const [cx, cy] = [dice.between(0, width), dice.between(0, height)];
  const [reach, strength] = [dice.between(0.4, 0.8) * width, dice.between(-0.1, 0.1)];
  for (let i = 0; i < grey.length; i += 1) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const patch = strength * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / reach ** 2);
    grey[i] = (grey[i] ?? 0) + base + gx * (x / width - 0.5) + gy * (y / height - 0.5) + patch;
  }
}

/** Dust: specks of a pixel or two, dark or bright, on good and defective surfaces alike. */
function dust(canvas: Canvas, dice: Dice): void {
  const count = dice.whole(0, 6);
  for (let i = 0; i < count; i += 1) {
    const [x, y] = [dice.between(0, canvas.width), dice.between(0, canvas.height)];
    const strength = dice.sign() * dice.between(0.08, 0.18);
    around(canvas, x, y, 1.1, (index, _dx, _dy, distance) => {
      canvas.grey[index] = (canvas.grey[index] ?? 0) + strength * (1.2 - distance);
    });
  }
}

/** Wipe marks: very soft, wide and faint. */
function wipeMark(canvas: Canvas, dice: Dice): void {
  if (dice.unit() < 0.5) return;
  const { width, height } = canvas;
  const reach = dice.between(0.15, 0.3) * Math.min(width, height);
  const strength = dice.sign() * dice.between(0.02, 0.05);
  const [x, y] = [dice.between(0, width), dice.between(0, height)];
  around(canvas, x, y, 2 * reach, (index, _dx, _dy, distance) => {
    canvas.grey[index] =
      (canvas.grey[index] ?? 0) + strength * Math.exp(-((distance / reach) ** 2));
  });
}

/** A good surface; `kind` chooses the material. */
export function goodSurface(width: number, height: number, kind: number, dice: Dice): Canvas {
  const canvas = blankCanvas(width, height);
  materials[kind % materials.length]?.(canvas, dice);
  light(canvas, dice);
  wipeMark(canvas, dice);
  dust(canvas, dice);
  return canvas;
}
