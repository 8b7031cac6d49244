/** Answers about images: listings, places, single files, and the labels that the editor wrote. */
import { notices, requests } from '../../../protocol/messages.ts';
import { setInProjectFile } from '../../runs/editProjectFile.ts';
import { openProject } from '../../runs/projectFile.ts';
import { StaleError, UntrustedError } from '../door.ts';
import type { Workplace } from '../workplace.ts';

/** Registers them. */
export function registerDatasetHandlers({ door, projects }: Workplace): void {
  door.handle(requests.projectList, () => projects.infos());
  door.handle(requests.projectRefresh, async ({ project }) => {
    await projects.get(project).reload('files');
    return null;
  });
  door.handle(requests.projectOrient, async ({ project: id, orientation }) => {
    const project = await projects.read(id);
    await setInProjectFile(await openProject(project.id), 'orientation', orientation);
    await project.reload('files');
    return null;
  });
  door.handle(requests.placeAllow, async ({ project: id, place }) => {
    if (!projects.places.isTrusted) {
      throw new UntrustedError('In an untrusted workspace nothing outside of it is used.');
    }
    const project = projects.get(id);
    projects.places.allow(id, place);
    await project.reload('files');
    return null;
  });
  door.handle(requests.datasetGroups, ({ project, query, parent }) =>
    projects.get(project).index.groups(query, parent),
  );
  door.handle(requests.datasetPage, ({ project, query, group, offset, limit, version }) => {
    const { index } = projects.get(project);
    if (version !== null && version !== index.version) {
      throw new StaleError('The images have changed meanwhile; ask for the first page again.');
    }
    return index.page(query, group, offset, limit);
  });
  door.handle(requests.datasetLocate, async ({ project, query, image, flat }) => {
    const { index } = await projects.read(project);
    return index.locate(query, image, flat) ?? null;
  });
  door.handle(requests.datasetLookup, async ({ files }) => {
    await projects.allRead();
    return files.map((file) => projects.lookup(file));
  });
  door.hear(notices.labelsChanged, ({ project }) => {
    const known = projects.all.find(({ id }) => id === project);
    void known?.reload('labels');
  });
}
