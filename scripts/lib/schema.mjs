/** dist/segdec.schema.json: made from the schema that reads segdec.json, so that the two cannot differ. */
import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { root } from './paths.mjs';

/** The schema as a file for a folder. @param {string} outdir absolute */
export async function schemaFiles(outdir) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    stdin: {
      contents: "export { projectJsonSchema } from './server/runs/projectSchema.ts';",
      resolveDir: root,
      loader: 'ts',
    },
    absWorkingDir: root,
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  const { projectJsonSchema } = await import(`data:text/javascript;base64,${code}`);
  const text = `${JSON.stringify(projectJsonSchema(), null, 2)}\n`;
  return [{ path: join(outdir, 'segdec.schema.json'), contents: Buffer.from(text) }];
}
