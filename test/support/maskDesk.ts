/**
 * A person, VS Code and a server around one mask, on the simulated machine; beside it, in plain arrays of
 * pixels, what the mask has to be. Each thing that can happen is a method.
 */
import type * as vscode from 'vscode';
import type { MaskDocument } from '../../extension/maskEditor/maskDocument.ts';
import { MaskEditorProvider } from '../../extension/maskEditor/maskEditorProvider.ts';
import { copyLayers } from '../../extension/maskEditor/maskModel.ts';
import { layerNames, applyChanges } from '../../protocol/mask/edits.ts';
import { Uri, forgetListeners, hands } from './fakeVscode.ts';
import type { Question } from './fakeVscode.ts';
import { CustomEditor } from './customEditor.ts';
import type { Change } from './customEditor.ts';
import { machine } from './machine.ts';
import { areSamePixels, copyOfPixels, pixelsOfLayers, randomChange } from './maskPixels.ts';
import type { Pixels } from './maskPixels.ts';
import { MaskServer, maskFolder, maskImage, stampOf } from './maskServer.ts';
import { MaskOracle, journalTime } from './maskOracle.ts';
import type { Left } from './maskOracle.ts';
import { MaskView } from './maskView.ts';
import { maskWorld } from './maskWorld.ts';

interface Open {
  readonly provider: MaskEditorProvider;
  readonly document: MaskDocument;
  readonly editor: CustomEditor<MaskDocument>;
  readonly views: readonly MaskView[];
}

const uri = Uri.file(`${maskFolder}/${maskImage}`) as unknown as vscode.Uri;

export class MaskDesk {
  readonly server: MaskServer;
  /** What happened, for whoever reads of a failure. */
  readonly log: string[] = [];
  #open: Open | undefined;
  readonly #oracle: MaskOracle;
  /** Answers after which the next file that is read is the one that the person wants. */
  #acceptsNext = 0;
  #mayOverwrite = false;
  #isReverting = false;
  #questions: { readonly question: Question; readonly answer: string | undefined }[] = [];
  #backups = 0;
  /** What each backup holds, by its id. */
  readonly #backedUp = new Map<string, Pixels>();
  #failure: Error | undefined;

  constructor() {
    this.server = new MaskServer(6 + machine.below(40), 3 + machine.below(6));
    this.#oracle = new MaskOracle(this.server.file, this.server.history);
    this.server.onHanded = ({ stamp }) => {
      if (this.#acceptsNext > 0) {
        this.#acceptsNext -= 1;
        this.#oracle.accept(stamp);
      }
    };
    this.server.onWrite = (stamp) => this.#checkWrite(stamp);
    hands.answer = (question) => this.#answer(question);
    hands.save = async (saved) => {
      const isSaved = await this.#open?.editor.save().then(
        () => true,
        // VS Code tells the person why.
        () => false,
      );
      return isSaved === true ? saved : undefined;
    };
  }

  note(text: string): void {
    this.log.push(`${machine.now - 1_000_000} ms: ${text}`);
  }

  /** Kept for `check`: who calls may be the extension. */
  #record(text: string): Error {
    this.#failure ??= new Error(`${text}\n${this.log.join('\n')}`);
    return this.#failure;
  }

  #fail(text: string): never {
    throw this.#record(text);
  }

  check(): void {
    if (this.#failure) throw this.#failure;
  }

  // What the person does.

  edit(): void {
    const { views } = this.#now;
    const view = views[machine.below(2)];
    const drawn = layerNames
      .filter(() => machine.below(3) > 0)
      .map((layer) => randomChange(layer, this.server, (limit) => machine.below(limit)));
    if (view === undefined || drawn.length === 0) return;
    const pixels = copyOfPixels(this.#oracle.expected);
    for (const { draw } of drawn) draw(pixels);
    this.#oracle.expect(pixels);
    this.note('edit');
    const changes = drawn.map(({ change }) => change);
    view.say({
      type: 'edit',
      id: machine.below(1000),
      version: view.version,
      tool: 'brush',
      changes,
    });
  }

  turn(isUndo: boolean): void {
    const { editor } = this.#now;
    const [before, { expected }] = [editor.index, this.#oracle];
    // What the document has to show is known before it is told.
    if (!this.#oracle.turn(isUndo, before)) {
      this.#fail('a step is not on top of what it was made on');
    }
    if (isUndo) editor.undo();
    else editor.redo();
    if (editor.index === before) this.#oracle.expect(expected);
    this.#oracle.stand(editor.index);
    this.note(`${isUndo ? 'undo' : 'redo'} to ${editor.index}`);
  }

  save(): void {
    this.note('save');
    this.#now.editor.save().then(
      () => this.note('saved'),
      (error: unknown) => {
        const known = ['Canceled', 'UserError', 'ServerAway'];
        this.note(`not saved: ${String(error)}`);
        this.#mayOverwrite = false;
        if (!known.includes((error as Error).name)) this.#record('a save ends by a fault');
      },
    );
  }

  revert(): void {
    const { editor } = this.#now;
    this.#isReverting = true;
    const isReverted = editor.revert(() => this.#record('a revert ends by a fault'));
    this.#isReverting = false;
    if (!isReverted) return;
    this.#oracle.stand(editor.index);
    this.#oracle.cut();
    this.note(`revert to ${editor.index}`);
  }

  async backup(): Promise<void> {
    const { editor } = this.#now;
    if (!editor.isDirty) return;
    this.#backups += 1;
    const destination = Uri.file(`/backups/${this.#backups}`);
    this.#backedUp.set(destination.toString(), this.#oracle.expected);
    this.note('backup');
    await editor.backup(destination as unknown as vscode.Uri);
  }

  // What others do.

  /** Somebody changes the file, or puts an old one in its place. */
  outside(): void {
    const layers = copyLayers(this.server.file);
    const olds = [...this.server.history.values()];
    const old = olds[machine.below(2 * olds.length)];
    if (old === undefined) {
      const { change } = randomChange('defect', this.server, (limit) => machine.below(limit));
      applyChanges(layers, [change]);
    }
    this.server.put(old === undefined ? layers : copyLayers(old));
    this.note(`changed on disk to ${stampOf(this.server.file).slice(0, 6)}`);
  }

  turnServer(isRunning: boolean): void {
    this.note(isRunning ? 'server back' : 'server away');
    this.server.turn(isRunning);
  }

  // Beginnings and ends.

  /** Whoever closes an editor with edits says that they are not wanted. */
  async close(): Promise<void> {
    await this.settle();
    this.note('close');
    const { document, views } = this.#now;
    for (const view of views) view.close();
    document.dispose();
    await machine.run(journalTime);
    machine.killHost();
    this.#open = undefined;
    await this.open(undefined, undefined);
  }

  /** The window is loaded anew: VS Code makes a backup first. */
  async reload(): Promise<void> {
    await this.settle();
    const { editor } = this.#now;
    if (editor.isDirty) {
      let isDone = false;
      void this.backup().then(() => (isDone = true));
      await machine.settle(() => isDone);
    }
    this.note('reload');
    await this.#dieAndOpen(editor.isDirty);
  }

  /** The host dies, at rest or in the middle of something. */
  async kill(): Promise<void> {
    const isAtRest = machine.below(2) === 0;
    if (isAtRest) await this.settle();
    this.note('kill');
    // What came back from a backup is in no journal before something is drawn, and the disk has it.
    const isInJournal = isAtRest && this.#now.editor.hasEdits;
    await this.#dieAndOpen(!isInJournal || machine.below(2) === 0);
  }

  async #dieAndOpen(givesBackup: boolean): Promise<void> {
    const { editor } = this.#now;
    const left = this.#oracle.left(editor.isDirty);
    machine.killHost();
    this.#open = undefined;
    await this.open(left, givesBackup ? editor.backupId : undefined);
  }

  async open(left: Left | undefined, backupId: string | undefined): Promise<void> {
    forgetListeners();
    this.#questions = [];
    const services = this.server.services((text) => {
      // A backup that VS Code knows of is gone when the next one was made and not taken.
      if (!text.startsWith('file:///backups/')) this.#record(`logged: ${text}`);
    });
    const saved = async (): Promise<void> => machine.pause(100);
    const provider = new MaskEditorProvider(maskWorld(services, {}), saved);
    let document: MaskDocument | undefined;
    let error: unknown;
    this.server.handed = undefined;
    provider.openCustomDocument(uri, { backupId, untitledDocumentData: undefined }).then(
      (opened) => (document = opened),
      (failure: unknown) => (error = failure),
    );
    await machine.settle(() => document !== undefined || error !== undefined);
    if (document === undefined) {
      if (this.server.isRunning) this.#fail(`not opened: ${String((error as Error).stack)}`);
      // Nothing was kept, so it cannot be shown: the person opens it again when the server is back.
      this.turnServer(true);
      return await this.open(left, backupId);
    }
    this.#begin(document, left, backupId);
    const editor = new CustomEditor(provider, document, backupId);
    provider.onDidChangeCustomDocument((change) => this.#changed(editor, change as Change));
    document.onDidHappen((news) => {
      if (news.type === 'layers') this.#replaced();
    });
    const views = [new MaskView(this.server), new MaskView(this.server)];
    this.#open = { provider, document, editor, views };
    for (const view of views) {
      provider.resolveCustomEditor(document, view.panel);
      view.say({ type: 'ready' });
    }
  }

  /** Checks what a document begins with, and takes it for what is expected. */
  #begin({ model }: MaskDocument, left: Left | undefined, backupId: string | undefined): void {
    const shown = pixelsOfLayers(model.layers);
    const handed = this.server.handed && pixelsOfLayers(this.server.handed.layers);
    const answer = this.#questions[0]?.answer;
    const isFile = handed !== undefined && areSamePixels(shown, handed);
    const wasAsked = this.#questions.length > 0;
    // Killed between a save and VS Code's hearing of it, there is a backup of before: that is asked about,
    // without a server when it is back.
    const mayBeOld = wasAsked || handed === undefined;
    const old = mayBeOld ? this.#backedUp.get(backupId ?? '') : undefined;
    const mayBe = [...(left?.pixels ?? []), ...(old === undefined ? [] : [old])];
    const isLeft = left !== undefined && mayBe.some((pixels) => areSamePixels(shown, pixels));
    const stamp = this.server.handed?.stamp;
    this.note(`opened ${isFile ? 'as the file' : 'with edits'}, answered ${String(answer)}`);
    if (!isFile && !isLeft) this.#fail('neither the file nor what was left is shown');
    if (isFile && left?.hasEdits === true && !isLeft && answer !== "Use the File's") {
      this.#fail('edits are lost');
    }
    if (!isFile && handed !== undefined && !this.#oracle.isBase(stamp ?? '') && !wasAsked) {
      this.#fail('edits came back on top of a file that nobody was asked about');
    }
    this.#acceptsNext = 0;
    this.#oracle.begin(shown, handed, stamp, model.epoch);
  }

  // What is heard of.

  #changed(editor: CustomEditor<MaskDocument>, change: Change & { readonly label?: string }): void {
    const oracle = this.#oracle;
    let before = change.label === 'Restored Edits' ? oracle.restoredOn : oracle.previous;
    if (change.label === 'Use Mask on Disk') {
      before = oracle.expected;
      oracle.expect(this.#handed);
      oracle.accept(this.server.handed?.stamp ?? '');
    }
    editor.changed(change);
    if (change.undo === undefined) {
      this.note('marked as changed');
      return;
    }
    oracle.push(editor.index, before);
    this.note(`step ${editor.index}: ${String(change.label)}`);
  }

  get #handed(): Pixels {
    const { handed } = this.server;
    return handed === undefined ? this.#fail('no file was read') : pixelsOfLayers(handed.layers);
  }

  /** The document has other pixels, and not by a step. */
  #replaced(): void {
    const { document, editor } = this.#now;
    const { saved, epoch } = document.model;
    this.note('replaced');
    this.#oracle.stand(editor.index);
    // What the file was known to be, at a revert; that it is it, is seen when all has come to rest.
    if (!this.#isReverting) this.#oracle.accept(this.server.handed?.stamp ?? '');
    this.#oracle.replace(this.#isReverting ? pixelsOfLayers(saved) : this.#handed, epoch);
  }

  async #answer(question: Question): Promise<string | undefined> {
    const { items } = question;
    if (question.kind === 'error') this.#record(`shown: ${question.message}`);
    if (items.length === 0) return undefined;
    const answer = machine.below(4) === 0 ? undefined : items[machine.below(items.length)];
    // What was read last is what it is about.
    const about = this.server.handed?.stamp ?? '';
    // A person takes a while, and goes on drawing where the question allows it.
    await new Promise<void>((resolve) => machine.after(machine.below(300), resolve, true));
    this.#questions.push({ question, answer });
    this.note(`${items.join(', ')}? ${String(answer)}`);
    if (answer === 'Overwrite') this.#mayOverwrite = true;
    else if (answer === 'Keep Mine') this.#oracle.accept(about);
    // What is read next is what the person wants.
    else if (answer !== undefined) this.#acceptsNext += 1;
    return answer;
  }

  #checkWrite(stamp: string | null): void {
    this.note(`written on top of ${stampOf(this.server.file).slice(0, 6)}`);
    if (stamp === null) {
      if (!this.#mayOverwrite) this.#record('written over another file without Overwrite');
      this.#mayOverwrite = false;
    } else if (!this.#oracle.isBase(stamp))
      this.#record('written over a file nobody was asked about');
    queueMicrotask(() => this.#oracle.wrote(stampOf(this.server.file)));
  }

  get #now(): Open {
    return this.#open ?? this.#fail('nothing is open');
  }

  /** Lets all that is under way end, and compares. */
  async settle(): Promise<void> {
    await machine.settle();
    this.check();
    const { document, editor, views } = this.#now;
    const shown = pixelsOfLayers(document.model.layers);
    if (!areSamePixels(shown, this.#oracle.expected))
      this.#fail('the document is not what was drawn');
    for (const { layers } of views) {
      if (layers === undefined || !areSamePixels(pixelsOfLayers(layers), shown)) {
        this.#fail('a view differs from the document');
      }
    }
    if (editor.isDirty) return;
    if (document.isDirty) this.#fail('VS Code takes it for saved, and it is not');
    if (!this.server.isRunning) return;
    if (!areSamePixels(pixelsOfLayers(this.server.file), shown)) {
      this.#fail('VS Code takes it for saved, and the file holds something else');
    }
  }
}
