/** File names that try to be something else: markup, shell, CSV formulas, control characters, reserved words. */
import { seededRandom } from './random.ts';

const known = [
  '=cmd().png',
  '+1.png',
  '-rf.png',
  '@list.png',
  '$(touch x).png',
  '`touch x`.png',
  ';rm -rf x.png',
  '| cat.png',
  '<img onerror=x>.png',
  '<script>x</script>.png'.replace('/', '\u2215'),
  '"><b>.png',
  "' or 1=1.png",
  'a\nb.png',
  'a\rb.png',
  'a\tb.png',
  'a\u001b[31mb.png',
  '\u202egnp.png',
  '\u2066x\u2069.png',
  '😀.png',
  'e\u0301.png',
  '..png',
  '...x.png',
  '%2e%2e%2fx.png',
  '..\\..\\x.png',
  'C:\\x.png',
  'CON.png',
  'nul.png',
  ' leading.png',
  'trailing .png',
  'comma, "quote".png',
  '{{x}}.png',
  '${x}.png',
  `${'n'.repeat(251)}.png`,
  `${'ü'.repeat(125)}.png`,
];
const alphabet = [
  '<',
  '>',
  '"',
  "'",
  '&',
  ';',
  '$',
  '`',
  '|',
  '=',
  '+',
  '-',
  '@',
  '\n',
  '\u202e',
  '😀',
  '\\',
  '%',
  ',',
  'a',
  ' ',
];

/** `count` different names that a Linux disk takes and that are not hidden; the same for the same seed. */
export function hostileNames(count: number, seed: number): string[] {
  const random = seededRandom(seed);
  const names = new Set(known.filter((name) => !name.startsWith('.')).slice(0, count));
  while (names.size < count) {
    const length = 1 + Math.floor(random() * 20);
    const letters = Array.from(
      { length },
      () => alphabet[Math.floor(random() * alphabet.length)] ?? 'a',
    );
    names.add(`${letters.join('')}.png`);
  }
  return [...names];
}
