/** Images that are out of reach while a run works: waited for, then the run pauses. */
import { AwayError } from '../../protocol/errors.ts';
import { longPatience, patientReader, shortPatience } from '../data/images/patientReader.ts';
import type { ImageReader } from '../data/images/reader.ts';
import type { RunHooks } from './request.ts';

/** For what somebody waits for, and what can soon be begun again. */
export function calmReader(reader: ImageReader, { patience, signal }: RunHooks): ImageReader {
  const delays = patience ?? shortPatience;
  return patientReader(reader, { delays, ...(signal === undefined ? {} : { signal }) });
}

/** For training, which may have run for hours. */
export function trainingReader(
  reader: ImageReader,
  { patience }: RunHooks,
  stopAsked: () => Promise<boolean>,
  onWait: (message: string) => void,
): ImageReader {
  return patientReader(reader, { delays: patience ?? longPatience, stopAsked, onWait });
}

/** An error as it is, or for images that are out of reach where the run paused. */
export function pausedWhere(error: unknown, where: string): unknown {
  if (!(error instanceof AwayError)) return error;
  return new AwayError(
    `${error.message.replace(/\.$/, '')}: paused ${where} with a checkpoint; \`segdec resume\` goes on from here.`,
    { cause: error },
  );
}
