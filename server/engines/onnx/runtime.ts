/**
 * ONNX Runtime, loaded here alone: since 1.30 it holds a client that reports its use to its maker, which is
 * switched off before the library is loaded. Nothing leaves the machine.
 */
import { createRequire } from 'node:module';
import type * as onnxRuntime from 'onnxruntime-node';

process.env['ORT_DISABLE_TELEMETRY'] = '1';

const load = createRequire(import.meta.url);

/** The library. */
export const runtime = load('onnxruntime-node') as typeof onnxRuntime;
