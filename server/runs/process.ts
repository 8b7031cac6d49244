/**
 * The door of a run process: does the one task that its argument names. Training and resuming answer to
 * nobody: their run folder tells. The other tasks report to their parent and end when it goes.
 */
import { counted } from '../../protocol/counted.ts';
import { errorText } from '../../protocol/errors.ts';
import { cancelOnSignals } from './cancelOnSignals.ts';
import { exitCodeOf, faultOf } from './fault.ts';
import { cancelMessageSchema, taskSchema } from './tasks.ts';
import type { AttachedTask, DetachedTask, TaskMessage, TaskResults } from './tasks.ts';
import { oneLine } from './text.ts';

/** What may still hold the process after its work is done is left behind after this many milliseconds. */
const lastMoments = 3000;

type Report = (done: number, total: number, message: string) => void;

async function carryOut(task: DetachedTask, signal: AbortSignal): Promise<void> {
  if (task.kind === 'train') {
    const { trainRun } = await import('./train.ts');
    await trainRun({ ...task.request, output: task.output }, { signal });
  } else {
    const { resumeRun } = await import('./resume.ts');
    await resumeRun(
      task.run,
      { signal },
      task.allowed === undefined ? {} : { allowed: task.allowed },
    );
  }
}

async function evaluate(
  { run, allowed, threads }: Extract<AttachedTask, { kind: 'evaluate' }>,
  signal: AbortSignal,
  report: Report,
) {
  const { evaluateRun } = await import('./evaluate.ts');
  const onScored = (done: number, total: number): void =>
    report(done, total, `Scored ${done} of ${counted(total, 'image')}`);
  const request = {
    run,
    ...(allowed === undefined ? {} : { allowed }),
    ...(threads === undefined ? {} : { threads }),
  };
  return (await evaluateRun(request, { signal, onScored })).result;
}

async function exportModel(
  { run, file }: Extract<AttachedTask, { kind: 'export' }>,
  signal: AbortSignal,
  report: Report,
) {
  const { exportRunAsOnnx } = await import('./exportRun.ts');
  report(0, 0, 'Writing the model and scoring images again from the file');
  return await exportRunAsOnnx(run, file, { signal });
}

async function doctor() {
  const { examinationLines, examine } = await import('./doctor.ts');
  const found = await examine();
  const needed = found.checks.filter(({ part }) => !part.includes('(optional)'));
  return {
    text: `${examinationLines(found).join('\n')}\n`,
    works: needed.every(({ works }) => works),
  };
}

async function attachedResult(
  task: AttachedTask,
  signal: AbortSignal,
  report: Report,
): Promise<TaskResults[AttachedTask['kind']]> {
  switch (task.kind) {
    case 'launch':
      return await (await import('./launch.ts')).launchRun(task.task, task.log, signal);
    case 'estimate':
      return await (await import('./estimate.ts')).estimateRun(task.request, { signal });
    case 'evaluate':
      return await evaluate(task, signal, report);
    case 'export':
      return await exportModel(task, signal, report);
    case 'doctor':
      return await doctor();
  }
}

/** Nobody hears: the channel may close while the last word is on its way. */
function tell(message: TaskMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

/** Does the task for the parent; the process ends with it. */
async function serveParent(task: AttachedTask): Promise<void> {
  const controller = new AbortController();
  process.on('message', (message) => {
    if (cancelMessageSchema.safeParse(message).success) controller.abort();
  });
  process.on('disconnect', () => {
    // What was launched goes on without anybody.
    if (task.kind === 'launch') process.exit(0);
    controller.abort();
    setTimeout(() => process.exit(exitCodeOf.cancelled), lastMoments).unref();
  });
  // What a terminal sends to the whole group is for the parent to decide.
  for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
  process.on('SIGTERM', () => controller.abort());
  const { signal } = controller;
  const report: Report = (done, total, message) =>
    void tell({ kind: 'progress', done, total, message });
  try {
    await tell({ kind: 'result', value: await attachedResult(task, signal, report) });
  } catch (error) {
    await tell({ kind: 'fault', fault: faultOf(error, signal.aborted) });
  }
  process.exit(0);
}

/** Does the task for its run folder; what it fails with is the last line that it prints. */
async function serveFolder(task: DetachedTask): Promise<number> {
  const signal = cancelOnSignals((text) => void process.stderr.write(`${text}\n`));
  const end = (error: unknown): number => {
    const { code, message } = faultOf(error, signal.aborted);
    const ours = code === 'internal';
    if (ours) process.stderr.write(`${message}\n`);
    const sentence = ours ? `This is a fault in segdec: ${errorText(error)}` : message;
    process.stderr.write(`${oneLine(sentence)}\n`);
    return exitCodeOf[code];
  };
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => process.exit(end(error)));
  }
  try {
    await carryOut(task, signal);
    return 0;
  } catch (error) {
    return end(error);
  }
}

async function main(text: string | undefined): Promise<void> {
  const task = taskSchema.parse(JSON.parse(text ?? 'null'));
  if (task.kind !== 'train' && task.kind !== 'resume') return await serveParent(task);
  process.exitCode = await serveFolder(task);
  setTimeout(() => process.exit(), lastMoments).unref();
}

await main(process.argv[2]);
