/** An input box that keeps what was typed until it can be taken: what refuses it is said in the box. */
import * as vscode from 'vscode';
import { UserError, errorText } from '../protocol/errors.ts';
import { plainText } from '../protocol/plainText.ts';
import { errorCodeOf, isCancelled } from './errors.ts';

export interface ValueQuestion<T> {
  readonly title: string;
  readonly prompt: string;
  readonly value: string;
  /** What is wrong with a text by its form; undefined if nothing is. */
  readonly problemOf: (typed: string) => string | undefined;
  /** Makes something of a text of the right form; bad input, as an error says it, refuses it. */
  readonly take: (typed: string) => Promise<T>;
}

/** Bad input, as the server or we say it; all else is no matter of what was typed. */
const isRefusal = (error: unknown): boolean =>
  error instanceof UserError || (errorCodeOf(error) !== undefined && !isCancelled(error));

/** Asks; undefined when the person went back. Throws what `take` throws for another reason than the text. */
export function askValue<T>(question: ValueQuestion<T>): Promise<T | undefined> {
  const box = vscode.window.createInputBox();
  const { problemOf, take } = question;
  box.title = question.title;
  box.prompt = question.prompt;
  box.value = question.value;
  box.ignoreFocusOut = true;
  box.buttons = [vscode.QuickInputButtons.Back];
  return new Promise<T | undefined>((resolve, reject) => {
    const accept = async (): Promise<void> => {
      const typed = box.value;
      box.validationMessage = problemOf(typed);
      if (box.validationMessage !== undefined || box.busy) return;
      [box.busy, box.enabled] = [true, false];
      try {
        resolve(await take(typed));
        box.hide();
      } catch (error) {
        if (isRefusal(error)) box.validationMessage = plainText(errorText(error));
        else {
          reject(error instanceof Error ? error : new Error(errorText(error)));
          box.hide();
        }
      } finally {
        [box.busy, box.enabled] = [false, true];
      }
    };
    box.onDidChangeValue((typed) => (box.validationMessage = problemOf(typed)));
    box.onDidAccept(() => void accept());
    box.onDidTriggerButton(() => box.hide());
    box.onDidHide(() => {
      resolve(undefined);
      box.dispose();
    });
    box.show();
  });
}
