/**
 * One of several processes that change one table, edit after edit.
 * node tableContender.mjs MODULE KIND FOLDER OWN COUNT; prints a line for each edit that is done.
 */
const [, , module, kind, folder, own, count] = process.argv;
const { edits } = await import(module);
const edit = edits[kind];
for (let i = 0; i < Number(count); i += 1) {
  await edit(folder, Number(own), i);
  process.stdout.write(`${i}\n`);
}
