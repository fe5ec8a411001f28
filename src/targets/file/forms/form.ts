import type { AgentSettings } from '../../agent-settings.js';

/** Why a document cannot take a token: the end of a sentence that begins with the path of the file, and what to do. */
export class FormProblem extends Error {
  override readonly name = 'FormProblem';
  constructor(
    readonly problem: string,
    readonly hint: string,
  ) {
    super(problem);
  }
}

/**
 * A kind of document that holds a token among other things. Texts come without a byte order mark. Promises:
 * - `read` gives the token that the document's own reader would take; undefined where it holds none;
 * - `write` changes the token alone, and adds it where there is none; everything else keeps its bytes;
 * - `rest` tells all other settings by name, as the document's own reader would see them;
 * - each throws `FormProblem` where it is not clear which token is read, or the document is none of its kind.
 */
export interface Form {
  read(text: string): string | undefined;
  write(text: string, token: string): string;
  rest(text: string): AgentSettings;
}

/** The text with the token in it, which was read back before it is returned: nothing but the token differs. */
export function rewritten(form: Form, text: string, token: string): string {
  if (form.read(text) === token) return text;
  const after = form.write(text, token);
  if (readBack(form, after) === token && same(form.rest(text), form.rest(after))) return after;
  throw new FormProblem(
    'would not have been read back as it was before but for the token, and was left as it is',
    'Put the token in by hand once, on a line of its own, and try again.',
  );
}

function readBack(form: Form, text: string): string | undefined {
  try {
    return form.read(text);
  } catch (error) {
    if (error instanceof FormProblem) return undefined;
    throw error;
  }
}

function same(before: AgentSettings, after: AgentSettings): boolean {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].every((name) => JSON.stringify(before.get(name)) === JSON.stringify(after.get(name)));
}
