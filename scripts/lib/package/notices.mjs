/** The licences of everything that the package carries and that is not ours, in one text. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ScriptError, root } from '../paths.mjs';

const kept = join(root, 'scripts', 'licences');

/** Texts that the packages themselves do not carry, by the start of their names. */
const ownCopies = [
  { start: 'onnxruntime-', files: ['onnxruntime.txt'] },
  // Its README lists what is linked into the library, each under the terms named there.
  { start: '@img/sharp-libvips-', files: ['LGPL-3.0.txt', 'GPL-3.0.txt'] },
  {
    start: '@bufbuild/protobuf',
    copyright: 'Copyright 2021-2026 Buf Technologies, Inc.',
    files: ['protobuf-bsd.txt', 'Apache-2.0.txt'],
  },
  {
    start: '@tensorflow/tfjs-core',
    copyright: 'Copyright 2017 Google LLC. All Rights Reserved.',
    files: ['Apache-2.0.txt'],
  },
  { start: 'tr46', copyright: 'Copyright (c) Sebastian Mayr', files: ['MIT.txt'] },
  { start: 'seedrandom', files: ['seedrandom.txt'] },
];

/** @param {string} folder @param {string} name */
async function licenceTexts(folder, name) {
  const found = (await readdir(folder))
    .filter((file) => /^(licen[cs]e|copying|notice|third-?party-?notices)/i.test(file))
    .map((file) => join(folder, file));
  if (name.startsWith('@img/sharp-libvips-')) found.push(join(folder, 'README.md'));
  const own = ownCopies.filter(({ start }) => name.startsWith(start));
  found.push(...own.flatMap(({ files }) => files.map((file) => join(kept, file))));
  if (found.length === 0) {
    throw new ScriptError(
      `${name} carries no licence file: put its licence into scripts/licences and name it in notices.mjs.`,
    );
  }
  const texts = await Promise.all(found.map(async (file) => (await readFile(file, 'utf8')).trim()));
  return [...own.flatMap(({ copyright }) => copyright ?? []), ...texts];
}

/** @param {string} title @param {readonly string[]} texts */
const section = (title, texts) => `${'='.repeat(80)}\n${title}\n\n${texts.join('\n\n')}\n`;

/** The text of all notices. @param {readonly string[]} folders of the packages @returns {Promise<string>} */
export async function thirdPartyNotices(folders) {
  const sections = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    );
    const title = `${name} ${version} (${license ?? 'see below'})`;
    sections.set(title, section(title, await licenceTexts(folder, name)));
  }
  const inRuntime = await readFile(join(kept, 'onnxruntime-third-party.txt'), 'utf8');
  return [
    'SegDec contains the following software of others, under these licences.\n',
    ...[...sections.keys()].sort().map((title) => sections.get(title)),
    section('Inside the libraries of the ONNX Runtime', [inRuntime.trim()]),
  ].join('\n');
}
