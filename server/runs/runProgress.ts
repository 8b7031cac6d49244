/** How far a run is, from its events: told in order as they come, or from the last one backwards. */
import type {
  EventEpoch,
  EventState,
  EventStep,
  EventValidation,
  RunEvent,
} from '../../protocol/run.ts';

export interface RunProgress {
  readonly state: EventState['state'] | undefined;
  /** What the last state said. */
  readonly message: string | undefined;
  /** Epochs finished. */
  readonly epoch: number | undefined;
  /** Of the last finished epoch that says one. */
  readonly imagesPerSecond: number | undefined;
  /** Undefined before the first validation. */
  readonly validation: Pick<EventValidation, 'averagePrecision' | 'nothingLearned'> | undefined;
  readonly step: EventStep | undefined;
}

export const noProgress: RunProgress = {
  state: undefined,
  message: undefined,
  epoch: undefined,
  imagesPerSecond: undefined,
  validation: undefined,
  step: undefined,
};

const over = new Set<string>(['finished', 'failed', 'cancelled']);

/** True for states after which nothing comes, unless the run is resumed. */
export const isOver = (state: EventState['state'] | undefined): boolean =>
  state !== undefined && over.has(state);

/** The pace of an epoch; a run that was resumed behind its last image had none, and used to write 0. */
const paceOf = ({ imagesPerSecond }: EventEpoch): Partial<RunProgress> =>
  imagesPerSecond === undefined || imagesPerSecond <= 0 ? {} : { imagesPerSecond };

/** What one event says. */
function saidBy(event: RunEvent): Partial<RunProgress> {
  switch (event.kind) {
    case 'state':
      return { state: event.state, message: event.message };
    case 'epoch':
      return { epoch: event.epoch, ...paceOf(event) };
    case 'validation':
      return { validation: event };
    case 'step':
      return { step: event };
    default:
      return {};
  }
}

/** The progress after one more event. */
export function after(progress: RunProgress, event: RunEvent): RunProgress {
  return { ...progress, ...saidBy(event) };
}

/** The progress with what an event says that came before all that it knows of. */
export function before(progress: RunProgress, event: RunEvent): RunProgress {
  const said: RunProgress = { ...noProgress, ...saidBy(event) };
  const hasState = progress.state !== undefined;
  return {
    state: progress.state ?? said.state,
    // It belongs to the last state, which may have said nothing.
    message: hasState ? progress.message : said.message,
    epoch: progress.epoch ?? said.epoch,
    imagesPerSecond: progress.imagesPerSecond ?? said.imagesPerSecond,
    validation: progress.validation ?? said.validation,
    step: progress.step ?? said.step,
  };
}
