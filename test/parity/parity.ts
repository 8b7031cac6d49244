/** `npm run parity -- DIR`: compares with a folder of reference fixtures and prints one JSON document. */
import { errorText, UserError } from '../../protocol/errors.ts';
import { compareFolder } from './compare.ts';

async function main(): Promise<void> {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    throw new UserError('Say which folder of fixtures to compare with: npm run parity -- DIR.');
  }
  process.stdout.write(`${JSON.stringify(await compareFolder(folder), null, 2)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorText(error)}\n`);
  process.exitCode = error instanceof UserError ? 2 : 70;
});
