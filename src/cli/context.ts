import { contextNamed, declared, readContexts, writeContexts, type Contexts } from './contexts.js';
import { show, type Output } from './output.js';
import { printNote, table } from './print.js';

export async function listContexts(options: Output): Promise<number> {
  const file = await readContexts();
  const names = Object.keys(file.contexts);
  await show(file, options, {
    table: () => table(['', 'CONTEXT', 'ADDRESS', 'TOKEN FILE'], rows(file)),
    names: () => names,
    items: () => Object.entries(file.contexts).map(([name, context]) => ({ name, ...context })),
    none: 'there are no contexts; next: rotor context add NAME --address https://… --token-file FILE',
  });
  return 0;
}

/** The first one is in use from then on. */
export async function addContext(
  name: string,
  { address, tokenFile }: { readonly address: string; readonly tokenFile: string },
): Promise<number> {
  const { contexts, current = name } = await readContexts();
  await writeContexts({ current, contexts: { ...contexts, [name]: declared(address, tokenFile) } });
  printNote(current === name ? `${name} is in use` : `use it with: rotor context use ${name}`);
  return 0;
}

export async function useContext(name: string): Promise<number> {
  const { contexts } = await readContexts();
  const { address } = contextNamed(name, contexts);
  await writeContexts({ current: name, contexts });
  printNote(`the commands talk to ${address} from now on, unless ROTOR_ADDR or ROTOR_CONTEXT says otherwise`);
  return 0;
}

export async function removeContext(name: string): Promise<number> {
  const { contexts, current } = await readContexts();
  contextNamed(name, contexts);
  const { [name]: _removed, ...rest } = contexts;
  await writeContexts({ ...(current !== undefined && current !== name && { current }), contexts: rest });
  return 0;
}

function rows({ current, contexts }: Contexts): string[][] {
  return Object.entries(contexts).map(([name, { address, tokenFile }]) => [
    name === current ? '*' : '',
    name,
    address,
    tokenFile,
  ]);
}
