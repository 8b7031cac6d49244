/** The defects: each draws itself on a surface and marks its pixels in the mask. */
import { around } from './canvas.ts';
import type { Canvas, Dice } from './canvas.ts';

export type DefectKind = 'scratch' | 'dent' | 'stain' | 'crack';
export const defectKinds: readonly DefectKind[] = ['scratch', 'dent', 'stain', 'crack'];

type Draw = (canvas: Canvas, dice: Dice) => void;

/** A point that keeps a margin to the border. */
function somewhere({ width, height }: Canvas, dice: Dice): [x: number, y: number] {
  return [dice.between(0.2, 0.8) * width, dice.between(0.2, 0.8) * height];
}

function add(canvas: Canvas, index: number, value: number): void {
  canvas.grey[index] = (canvas.grey[index] ?? 0) + value;
}

/** A pixel-wide stroke of strength along points; each pixel takes the strongest value once. */
function stroke(
  canvas: Canvas,
  points: readonly (readonly [number, number])[],
  radius: number,
  strength: number,
): void {
  const depth = new Map<number, number>();
  for (const [x, y] of points) {
    around(canvas, x, y, radius + 0.7, (index, _dx, _dy, distance) => {
      const here = Math.max(0, 1 - distance / (radius + 0.7));
      depth.set(index, Math.max(depth.get(index) ?? 0, here));
    });
  }
  for (const [index, value] of depth) {
    add(canvas, index, strength * Math.min(1, 1.6 * value));
    if (value > 0.1) canvas.mask[index] = 1;
  }
}

/** A long thin line, slightly bent, bright or dark. */
const scratch: Draw = (canvas, dice) => {
  const [x, y] = somewhere(canvas, dice);
  const length = dice.between(0.25, 0.5) * Math.min(canvas.width, canvas.height);
  let angle = dice.between(0, Math.PI);
  const bend = dice.between(-0.6, 0.6) / length;
  const points: [number, number][] = [];
  let [px, py] = [x - (Math.cos(angle) * length) / 2, y - (Math.sin(angle) * length) / 2];
  for (let step = 0; step < length * 2; step += 1) {
    points.push([px, py]);
    [px, py, angle] = [px + Math.cos(angle) / 2, py + Math.sin(angle) / 2, angle + bend / 2];
  }
  stroke(canvas, points, dice.between(0.9, 1.5), dice.sign() * dice.between(0.22, 0.34));
};

/** A dark line that changes direction at random and may fork. */
const crack: Draw = (canvas, dice) => {
  const strength = -dice.between(0.24, 0.36);
  const length = dice.between(0.2, 0.35) * Math.min(canvas.width, canvas.height);
  const points: [number, number][] = [];
  let [x, y] = somewhere(canvas, dice);
  let angle = dice.between(0, 2 * Math.PI);
  for (let step = 0; step < length * 2; step += 1) {
    points.push([x, y]);
    if (step % 8 === 0) angle += dice.between(-0.9, 0.9);
    [x, y] = [x + Math.cos(angle) / 2, y + Math.sin(angle) / 2];
  }
  stroke(canvas, points, dice.between(0.8, 1.3), strength);
};

/** A bump pressed into the surface: one side catches the light, the other lies in shadow. */
const dent: Draw = (canvas, dice) => {
  const [x, y] = somewhere(canvas, dice);
  const radius = dice.between(0.04, 0.07) * Math.min(canvas.width, canvas.height);
  const angle = dice.between(0, 2 * Math.PI);
  const strength = dice.between(0.3, 0.42);
  around(canvas, x, y, 2 * radius, (index, dx, dy, distance) => {
    const along = (dx * Math.cos(angle) + dy * Math.sin(angle)) / radius;
    add(canvas, index, strength * along * Math.exp(-1.2 * (distance / radius) ** 2) * 1.5);
    if (distance <= 1.4 * radius) canvas.mask[index] = 1;
  });
};

/** A dark blot with an uneven edge. */
const stain: Draw = (canvas, dice) => {
  const [x, y] = somewhere(canvas, dice);
  const radius = dice.between(0.045, 0.08) * Math.min(canvas.width, canvas.height);
  const [lobes, phase] = [dice.whole(3, 5), dice.between(0, 6)];
  const strength = dice.between(0.16, 0.24);
  around(canvas, x, y, 2 * radius, (index, dx, dy, distance) => {
    const edge = radius * (1 + 0.25 * Math.sin(lobes * Math.atan2(dy, dx) + phase));
    const inside = 1 / (1 + Math.exp((distance - edge) / 0.8));
    add(canvas, index, -strength * inside);
    if (inside > 0.5) canvas.mask[index] = 1;
  });
};

const drawings: Readonly<Record<DefectKind, Draw>> = { scratch, dent, stain, crack };

/** Draws one or two defects of a kind. */
export function drawDefect(canvas: Canvas, kind: DefectKind, dice: Dice): void {
  const count = dice.unit() < 0.25 ? 2 : 1;
  for (let i = 0; i < count; i += 1) drawings[kind](canvas, dice);
}
