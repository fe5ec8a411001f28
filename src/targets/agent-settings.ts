import type { Agent, AgentOption } from './agent.js';

/** A setting that is there and whose value cannot be read; `optional`: it may also not be there. */
export type Unseen = { readonly unseen: 'set' | 'optional' };

/** Settings of one process or file, by name: an environment variable, or a key in the agent's own file. */
export type AgentSettings = ReadonlyMap<string, string | Unseen>;

/** One of an agent's options as it was found. */
export type Found = {
  readonly name: string;
  readonly value: string | Unseen;
  readonly option: AgentOption;
};

/** Those of the options that are set, in their order; what is empty counts as not set, as it does for the agents. */
export function foundOf(
  agent: Agent,
  options: readonly AgentOption[],
  settings: AgentSettings,
): readonly Found[] {
  return options.flatMap((option) => {
    const name = [option.env, option.file]
      .filter((each) => each !== undefined)
      .map((each) => spelled(each, settings, agent.caseless === true))
      .find((each) => each !== undefined);
    const value = name === undefined ? undefined : settings.get(name);
    return name === undefined || value === undefined || value === '' ? [] : [{ name, value, option }];
  });
}

function spelled(name: string, settings: AgentSettings, caseless: boolean): string | undefined {
  if (settings.has(name) || !caseless) return settings.has(name) ? name : undefined;
  const lower = name.toLowerCase();
  return [...settings.keys()].find((each) => each.toLowerCase() === lower);
}

/** Of an option, where nobody has written it yet: as the environment calls it, or the file does. */
export function nameOf(option: AgentOption, inFile: boolean): string {
  return (inFile ? option.file : undefined) ?? option.env ?? option.file ?? '';
}
