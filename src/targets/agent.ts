/** One setting of an agent, by the names under which the agent itself knows it. */
export type AgentOption = {
  /** The environment variable. */
  readonly env?: string;
  /** The key in the agent's own file. */
  readonly file?: string;
  /** A list with commas: the agent uses all items, or the first one. Absent: one value. */
  readonly list?: 'all' | 'first';
};

/** What has to happen for a new token to reach what runs. `itself`: nothing, the agent reads the file again. */
export type Takes = 'itself' | 'reload' | 'restart' | 'release';

export type Agent = {
  readonly title: string;
  /** `forwarder`: brings tokens to other agents, or sends what they say. */
  readonly kind: 'server' | 'mobile' | 'browser' | 'otlp' | 'forwarder';
  readonly token: readonly AgentOption[];
  /** In the order in which the agent reads them: the first that is set counts. */
  readonly url: readonly AgentOption[];
  /** Where it sends to when none of them is set. */
  readonly urlDefault?: string;
  /** Any of them wins over the token. */
  readonly apiKey: readonly AgentOption[];
  /** Keys of its own file are the same in either case. */
  readonly caseless?: true;
  /** After its own file, and after its environment, has changed. */
  readonly takes: { readonly file: Takes; readonly environment: Takes; readonly how: string };
  readonly on401: string;
  /** Where this was read: repository, and path in it. */
  readonly source: readonly string[];
};
