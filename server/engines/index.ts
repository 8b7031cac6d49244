/** The one door to the engines: makes the one that was asked for, and says what it will need. */
import type { DeviceName, EngineName } from '../../protocol/run.ts';
import { UserError } from '../../protocol/errors.ts';
import type { Engine, EngineOptions } from './engine.ts';
import { estimateMemory } from './onnx/chooseForms.ts';
import { OnnxEngine } from './onnx/onnxEngine.ts';

export { estimateMemory };

export interface EngineRequest extends EngineOptions {
  readonly engine: EngineName;
  readonly device: DeviceName;
}

/**
 * Makes an engine with its weights.
 * @throws UserError when the engine or device cannot be had here
 */
export function createEngine(request: EngineRequest): Promise<Engine> {
  if (request.engine === 'tensorflow') {
    return Promise.reject(
      new UserError('The tensorflow engine is not available in this version; use --engine onnx.'),
    );
  }
  if (request.device === 'webgpu' || request.device === 'cuda') {
    return Promise.reject(
      new UserError(
        `The device ${request.device} is not available in this version; use --device cpu.`,
      ),
    );
  }
  return Promise.resolve(new OnnxEngine(request));
}
