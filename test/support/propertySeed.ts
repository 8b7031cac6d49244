/** Property tests draw the same cases each time, so that a failure is one everywhere; long runs draw new ones. */
import fc from 'fast-check';

if (process.env['SEGDEC_LONG'] === undefined) fc.configureGlobal({ seed: 20_261_124 });
