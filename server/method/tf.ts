/**
 * tfjs-core with its gradients and chained operations registered: the one place that imports it.
 * (Its entry point registers neither; both must come from the same ES modules, so bundlers and the test
 * runner resolve the package to its `module` entry.)
 */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';

export * from '@tensorflow/tfjs-core';
