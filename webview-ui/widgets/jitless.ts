/** Imported first: zod would try `eval` once, which the page's policy forbids and the browser then reports. */
import { config } from 'zod/mini';

config({ jitless: true });
