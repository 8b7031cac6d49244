/** Why an image cannot be used, for findings and warnings; each loses one image and nothing else. */
import { UserError } from '../../../protocol/errors.ts';

export type ImageFault = 'unreadable' | 'truncated' | 'format' | 'too-large';

export class ImageError extends UserError {
  readonly fault: ImageFault;

  constructor(fault: ImageFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
