#!/usr/bin/env node
/**
 * The language server, a program of its own: `segdec-server --stdio` serves any client of the language
 * server protocol; VS Code starts it over its own channel. It computes nothing: runs and inference are
 * processes of their own.
 */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { segdecVersion } from '../runs/version.ts';
import { serve } from './server.ts';

const help = `segdec-server ${segdecVersion}: the SegDec language server.

Usage: segdec-server --stdio      speak the language server protocol on stdin and stdout
       segdec-server --node-ipc   speak it over the channel to the parent process
       segdec-server --version
`;

function main(args: readonly string[]): void {
  if (args.includes('--version')) {
    process.stdout.write(`${segdecVersion}\n`);
    return;
  }
  const ways = ['--stdio', '--node-ipc', '--socket', '--pipe'];
  if (!args.some((arg) => ways.some((way) => arg === way || arg.startsWith(`${way}=`)))) {
    const asked = args.includes('--help');
    (asked ? process.stdout : process.stderr).write(help);
    process.exitCode = asked ? 0 : 2;
    return;
  }
  serve(createConnection(ProposedFeatures.all));
}

main(process.argv.slice(2));
