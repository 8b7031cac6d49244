/** The extension is there and activates. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { before, describe, it } from './bdd.ts';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

describe('the extension', () => {
  const extension = vscode.extensions.getExtension('segdec.segdec');

  before(async () => {
    assert.ok(extension, 'VS Code knows the extension');
    assert.equal(extension.isActive, false, 'nothing in an empty window activates it');
    const began = performance.now();
    const api = (await extension.activate()) as { readonly activationMilliseconds: number };
    const all = performance.now() - began;
    console.log(
      `Activation took ${all.toFixed(0)} ms with loading, ${api.activationMilliseconds.toFixed(0)} ms without.`,
    );
  });

  it('is active', () => {
    assert.equal(extension?.isActive, true);
  });

  it('has every command that its manifest names', async () => {
    const { contributes } = extension?.packageJSON as Manifest;
    const registered = new Set(await vscode.commands.getCommands(true));
    const named = contributes.commands.map(({ command }) => command);
    assert.deepEqual(
      named.filter((command) => !registered.has(command)),
      [],
    );
  });
});
