/** Why an image cannot be used, for findings and warnings; each loses one image and nothing else. */
import { UserError } from '../../../protocol/errors.ts';
import { errorCode } from '../../files/fileSystem.ts';

/**
 * `away`: the system does not give the file now; `missing`: it has none of that name, or keeps it closed;
 * `decoder`: the decoding process died or took too long.
 */
export type ImageFault =
  'unreadable' | 'truncated' | 'format' | 'too-large' | 'away' | 'missing' | 'decoder';

export class ImageError extends UserError {
  readonly fault: ImageFault;

  constructor(fault: ImageFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

const ofTheFile = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ENAMETOOLONG'];

/** Whether a system error is about one file's name, or about the disk, the share or the machine. */
export function systemFault(error: unknown): 'missing' | 'away' {
  return ofTheFile.includes(errorCode(error) ?? '') ? 'missing' : 'away';
}
