#!/usr/bin/env node
/**
 * The language server, a program of its own: `segdec-server --stdio` serves any client of the language
 * server protocol; VS Code starts it over its own channel. It computes nothing: runs and inference are
 * processes of their own.
 */
import {
  createConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import type { Connection } from 'vscode-languageserver/node';
import { errorText } from '../../protocol/errors.ts';
import { segdecVersion } from '../runs/version.ts';
import { MessageGuard } from './messageGuard.ts';
import { serve } from './server.ts';

const help = `segdec-server ${segdecVersion}: the SegDec language server.

Usage: segdec-server --stdio      speak the language server protocol on stdin and stdout
       segdec-server --node-ipc   speak it over the channel to the parent process
       segdec-server --version
`;

/** Ends as the protocol says: 1 without a goodbye, 2 with a sentence for what was no protocol. */
function endsWith(input: NodeJS.ReadableStream): void {
  input.on('end', () => process.exit(1));
  input.on('error', (error) => {
    process.stderr.write(`segdec-server: ${errorText(error)}\n`, () => process.exit(2));
  });
}

function standardStreams(): Connection {
  const writer = new StreamMessageWriter(process.stdout);
  const guard = new MessageGuard((refusal) => void writer.write(refusal));
  endsWith(guard);
  process.stdin.pipe(guard);
  return createConnection(ProposedFeatures.all, new StreamMessageReader(guard), writer);
}

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
  const isPlain = args.includes('--stdio');
  serve(isPlain ? standardStreams() : createConnection(ProposedFeatures.all));
}

main(process.argv.slice(2));
