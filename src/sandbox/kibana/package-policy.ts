import type { Random } from '../random.js';
import { compile, type Compiled, type Variables } from './apm-package.js';

export const PACKAGE = { name: 'apm', title: 'Elastic APM', version: '9.1.0' } as const;

export type PolicyContent = {
  readonly name: string;
  readonly description: string;
  readonly namespace: string;
  readonly enabled: boolean;
  readonly policy_ids: readonly string[];
  readonly variables: Variables;
  /** The server's own keys, which Kibana's APM plugin adds; lost with a save in the simplified form. */
  readonly config: object | undefined;
  readonly hasApmInput: boolean;
};

/** One saved object `ingest-package-policies`, with what Elasticsearch counts for it. */
export class PackagePolicy {
  revision = 1;
  updatedBy = 'system';
  updatedAt = new Date();
  /** A policy is seen from its own spaces only (https://github.com/elastic/ingest-docs/issues/1830). */
  space = 'default';
  readonly createdAt = new Date();
  /** What a space-external store holds for it when its token is a reference. */
  hiddenToken: string | undefined;
  #sequence: number;
  #content: PolicyContent;
  #compiled: Compiled;

  constructor(
    readonly id: string,
    content: PolicyContent,
    random: Random,
  ) {
    this.#sequence = 100 + Math.floor(random.next() * 900);
    this.#content = content;
    this.#compiled = compile(content.variables);
  }

  get content(): PolicyContent {
    return this.#content;
  }

  get compiled(): Compiled {
    return this.#compiled;
  }

  /** Of the saved object: base64 of its sequence number and primary term. */
  get version(): string {
    return Buffer.from(JSON.stringify([this.#sequence, 2])).toString('base64');
  }

  get token(): unknown {
    return this.#content.variables['secret_token']?.value;
  }

  /** Throws what the YAML parser throws, and changes nothing then. */
  write(content: PolicyContent, by: string): void {
    this.#compiled = compile(content.variables);
    this.#content = content;
    this.#sequence += 1 + (this.#sequence % 7);
    this.revision += 1;
    this.updatedBy = by;
    this.updatedAt = new Date();
  }

  view(): object {
    const { name, description, namespace, enabled, policy_ids } = this.#content;
    return {
      id: this.id,
      version: this.version,
      name,
      description,
      namespace,
      package: PACKAGE,
      enabled,
      policy_id: policy_ids[0] ?? null,
      policy_ids,
      output_id: null,
      inputs: this.#content.hasApmInput ? [this.#input()] : [],
      vars: {},
      elasticsearch: { privileges: { cluster: ['cluster:monitor/main'] } },
      revision: this.revision,
      created_at: this.createdAt.toISOString(),
      created_by: 'system',
      updated_at: this.updatedAt.toISOString(),
      updated_by: this.updatedBy,
      spaceIds: [this.space],
    };
  }

  #input(): object {
    const { config, variables } = this.#content;
    return {
      type: 'apm',
      policy_template: 'apmserver',
      enabled: true,
      keep_enabled: true,
      streams: [],
      ...(config && { config }),
      vars: variables,
      compiled_input: this.#compiled,
    };
  }
}
