/**
 * Seconds and peak memory of `segdec inspect` on a folder of many small images (Linux only):
 *
 *     npm run build && node bench/inspectScale.mjs [--files 100000] [--full]
 *
 * `--full` reads every image; without it, names alone (`--quick`).
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '100000' },
    full: { type: 'boolean', default: false },
  },
});
const files = Number(values.files);
const folder = await mkdtemp(join(tmpdir(), 'segdec-scale-'));

/** A different picture for each number: its digits as grey values. @param {number} n */
function picture(n) {
  const pixels = Uint8Array.from({ length: 64 }, (_, i) =>
    (n >> (i % 17)) & 1 ? 200 : (n * (i + 1)) & 255,
  );
  return sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } })
    .png()
    .toBuffer();
}

/** Runs the command; the peak is the largest VmHWM seen. @param {readonly string[]} args */
async function measure(args) {
  const start = performance.now();
  const child = spawn(process.execPath, ['dist/cli.js', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = 0;
  let peak = 0;
  child.stdout.on('data', (data) => (output += data.length));
  const timer = setInterval(() => {
    readFile(`/proc/${child.pid}/status`, 'utf8').then(
      (status) => (peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0))),
      () => undefined, // it has just ended
    );
  }, 20);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(timer);
  const seconds = (performance.now() - start) / 1000;
  return {
    code,
    seconds: Number(seconds.toFixed(2)),
    peakMiB: Math.round(peak / 1024),
    outputBytes: output,
  };
}

try {
  for (const label of ['ok', 'defective']) await mkdir(join(folder, label));
  for (let i = 0; i < files; i += 1) {
    await writeFile(join(folder, i % 2 === 0 ? 'ok' : 'defective', `${i}.png`), await picture(i));
  }
  const args = ['inspect', folder, '--json', ...(values.full ? [] : ['--quick'])];
  console.log(JSON.stringify({ files, full: values.full, ...(await measure(args)) }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
