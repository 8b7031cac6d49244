/**
 * Loaded into the programs of a soak test: collects garbage each second, so that what such a program holds is
 * what it keeps, and not what it has not yet thrown away.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
setInterval(collect, 1000).unref();
