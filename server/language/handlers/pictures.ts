/** Answers with small pictures of images. */
import { requests } from '../../../protocol/messages.ts';
import type { Workplace } from '../workplace.ts';

/** Registers them. */
export function registerPictureHandlers({ door, projects, pictures }: Workplace): void {
  door.handle(requests.pictureGet, async ({ project, images, kind, side }, { signal }) => {
    const opened = await projects.read(project);
    // The queue takes the newest first: asked for backwards, they come in the order of the images.
    const backwards = [...images].reverse();
    const made = await Promise.all(
      backwards.map((image) => pictures.get(opened, image, kind, side, signal)),
    );
    return made.reverse().map((path) => path ?? null);
  });
}
