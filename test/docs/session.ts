/** What stands between these is what the commands in it have really answered; `npm run session` writes it. */
const RECORDED = /(<!-- recorded -->\n\n```console\n)(.*?)(```\n)/gs;
const PROMPT = '$ ';

export type Told = { readonly command: string; readonly output: string };

/** The commands of a page, in its order. A line that ends in a backslash goes on in the next one. */
export function commandsOf(page: string): string[] {
  return [...page.matchAll(RECORDED)].flatMap(([, , text = '']) => commandsIn(text));
}

/** The page with what each command has told, in the same order. */
export function withTold(page: string, told: readonly Told[]): string {
  const left = [...told];
  return page.replaceAll(RECORDED, (_all, head: string, text: string, foot: string) => {
    const answers = left.splice(0, commandsIn(text).length);
    const body = answers.map(({ command, output }) => `${PROMPT}${command}\n${output}`).join('');
    return `${head}${body}${foot}`;
  });
}

function commandsIn(text: string): string[] {
  const commands: string[] = [];
  let goesOn = false;
  for (const line of text.split('\n')) {
    const last = commands.length - 1;
    if (goesOn) commands[last] = `${commands[last]}\n${line}`;
    else if (line.startsWith(PROMPT)) commands.push(line.slice(PROMPT.length));
    else continue;
    goesOn = line.endsWith('\\');
  }
  return commands;
}

/** Ids that are others each time are numbered, and all times are moved so that the first of them is of one night. */
export class Names {
  readonly #numbered = new Map<string, string>();
  readonly #known: readonly (readonly [from: string, to: string])[];

  /** `known`: what is replaced word for word, such as an address of this machine. */
  constructor(known: Readonly<Record<string, string>>) {
    this.#known = Object.entries(known);
  }

  /** Takes down the ids of a text, so that the commands after it can name them by number. */
  meet(text: string): void {
    for (const [id, kind = ''] of text.matchAll(/\b(run|plan|apr)_[a-z0-9]{8,}(?:_[a-z0-9]+)?\b/g)) {
      const before = [...this.#numbered.values()].filter((name) => name.startsWith(kind)).length;
      if (!this.#numbered.has(id)) this.#numbered.set(id, `${kind}_${before + 1}`);
    }
  }

  /** As the world knows them. */
  real(command: string): string {
    return command.replaceAll(/\b(?:run|plan|apr)_\d+\b/g, (name) => {
      return [...this.#numbered].find(([, numbered]) => numbered === name)?.[0] ?? name;
    });
  }

  shown(told: readonly Told[]): Told[] {
    const [first = NIGHT] = told
      .flatMap(({ output }) => output.match(TIME) ?? [])
      .map(Date.parse)
      .toSorted((one, other) => one - other);
    return told.map(({ command, output }) => ({ command, output: this.#shown(output, NIGHT - first) }));
  }

  #shown(text: string, shift: number): string {
    let shown = text.replaceAll(TIME, (time) => shifted(time, shift));
    for (const [id, name] of this.#numbered) {
      // The columns of a table stay where they are.
      const cell = new RegExp(`^${id}(?=  )`, 'gm');
      shown = shown.replaceAll(cell, name.padEnd(id.length)).replaceAll(id, name);
    }
    for (const [from, to] of this.#known) shown = shown.replaceAll(from, to);
    return shown;
  }
}

const TIME = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|\+00:00)/g;
const NIGHT = Date.UTC(2026, 11, 1, 3);

function shifted(time: string, by: number): string {
  const moved = new Date(Date.parse(time) + by).toISOString();
  return time.endsWith('Z') ? moved : moved.replace(/\.\d+Z$/, '+00:00');
}
