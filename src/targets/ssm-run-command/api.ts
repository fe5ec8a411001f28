import type {
  Command,
  CommandInvocation,
  DocumentDescription,
  InstanceInformation,
  SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { Calls } from '../../aws/calls.js';
import type { AwsService } from '../../aws/clients.js';
import type { Where } from '../../aws/per-place.js';
import { callsOf, type AwsTargetDeps } from '../aws/fields.js';
import type { Millis } from '../../rotation/run.js';
import type { SsmTargetConfig } from './config.js';

type Opened = {
  readonly sdk: typeof import('@aws-sdk/client-ssm');
  /** For what may be sent again. */
  readonly client: SSMClient;
  /** There is no token by which AWS knows a command that it has already. */
  readonly once: SSMClient;
};

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListCommands.html */
const PAGE = 50;
const MOST_PAGES = 40;

const SSM: AwsService = { name: 'AWS Systems Manager', iam: 'ssm', variable: 'AWS_ENDPOINT_URL_SSM' };

export type Span = {
  readonly document: string;
  readonly after: Millis;
  readonly before: Millis | undefined;
  readonly mostPages: number;
};

/** The calls that the target makes. */
export class SsmApi {
  readonly where: Where;
  readonly #calls: Calls<Opened>;
  readonly #config: SsmTargetConfig;

  constructor(config: SsmTargetConfig, deps: AwsTargetDeps) {
    this.#config = config;
    const calls = callsOf(SSM, config, deps);
    this.where = calls;
    this.#calls = new Calls<Opened>({
      ...calls,
      open: async (settings) => {
        const sdk = await import('@aws-sdk/client-ssm');
        const made = (maxAttempts: number) => new sdk.SSMClient({ ...settings, maxAttempts });
        return { sdk, client: made(3), once: made(1) };
      },
    });
  }

  /** Managed nodes that are meant, whether they answer or not. */
  async nodes(signal: AbortSignal): Promise<readonly InstanceInformation[]> {
    const { targets = {}, instanceIds } = this.#config;
    const Filters = instanceIds ? [{ Key: 'InstanceIds', Values: [...instanceIds] }] : byTags(targets);
    return this.#pages(async (NextToken) => {
      const page = await this.#calls.send(
        'DescribeInstanceInformation',
        ({ sdk, client }, stop) =>
          client.send(
            new sdk.DescribeInstanceInformationCommand({ Filters, MaxResults: PAGE, NextToken }),
            stop,
          ),
        signal,
      );
      return { items: page.InstanceInformationList ?? [], next: page.NextToken };
    });
  }

  /** undefined: there is no such document. */
  async document(Name: string, signal: AbortSignal): Promise<DocumentDescription | undefined> {
    const reply = await this.#calls.send(
      'DescribeDocument',
      ({ sdk, client }, stop) => client.send(new sdk.DescribeDocumentCommand({ Name }), stop),
      signal,
      { InvalidDocument: undefined },
    );
    return reply?.Document;
  }

  /** As it is now; undefined: AWS does not list it yet. */
  async command(CommandId: string, signal: AbortSignal): Promise<Command | undefined> {
    const reply = await this.#calls.send(
      'ListCommands',
      ({ sdk, client }, stop) => client.send(new sdk.ListCommandsCommand({ CommandId }), stop),
      signal,
      { InvalidCommandId: undefined },
    );
    return reply?.Commands?.[0];
  }

  /**
   * The newest of one document between two moments that is meant; `too_many`: not among so many pages. In practice AWS
   * lists the newest first, so that nothing is read beyond the first one.
   */
  async newest(
    { document, after, before, mostPages }: Span,
    isMeant: (command: Command) => boolean,
    signal: AbortSignal,
  ): Promise<Command | 'too_many' | undefined> {
    const Filters = [
      { key: 'DocumentName' as const, value: document },
      { key: 'InvokedAfter' as const, value: instant(after) },
      ...(before === undefined ? [] : [{ key: 'InvokedBefore' as const, value: instant(before) }]),
    ];
    let NextToken: string | undefined;
    for (let pages = 0; pages < mostPages; pages += 1) {
      const input = { Filters, MaxResults: PAGE, NextToken };
      const page = await this.#calls.send(
        'ListCommands',
        ({ sdk, client }, stop) => client.send(new sdk.ListCommandsCommand(input), stop),
        signal,
      );
      const [newest] = (page.Commands ?? [])
        .filter(isMeant)
        .toSorted((a, b) => requestedAt(b) - requestedAt(a));
      NextToken = page.NextToken;
      if (newest || NextToken === undefined || NextToken === '') return newest;
    }
    return 'too_many';
  }

  /** One for each host that was meant, with what it printed. */
  async invocations(CommandId: string, signal: AbortSignal): Promise<readonly CommandInvocation[]> {
    return this.#pages(async (NextToken) => {
      const input = { CommandId, Details: true, MaxResults: PAGE, NextToken };
      const page = await this.#calls.send(
        'ListCommandInvocations',
        ({ sdk, client }, stop) => client.send(new sdk.ListCommandInvocationsCommand(input), stop),
        signal,
      );
      return { items: page.CommandInvocations ?? [], next: page.NextToken };
    });
  }

  async send(
    command: Pick<SendCommandCommandInput, 'DocumentName' | 'Comment' | 'Parameters'>,
    signal: AbortSignal,
  ): Promise<Command> {
    const { targets, instanceIds, commandTimeoutMs, maxConcurrency, maxErrors } = this.#config;
    const input: SendCommandCommandInput = {
      ...command,
      TimeoutSeconds: Math.ceil(commandTimeoutMs / 1_000),
      MaxConcurrency: maxConcurrency,
      MaxErrors: maxErrors,
      ...(instanceIds && { InstanceIds: [...instanceIds] }),
      ...(targets && { Targets: byTags(targets) }),
    };
    const reply = await this.#calls.send(
      'SendCommand',
      ({ sdk, once }, stop) => once.send(new sdk.SendCommandCommand(input), stop),
      signal,
    );
    return reply.Command ?? {};
  }

  async #pages<Item>(
    read: (token: string | undefined) => Promise<{ items: readonly Item[]; next: string | undefined }>,
  ): Promise<readonly Item[]> {
    const all: Item[] = [];
    let token: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { items, next } = await read(token);
      all.push(...items);
      if (next === undefined || next === '') break;
      token = next;
    }
    return all;
  }
}

export function requestedAt(command: Command | undefined): Millis {
  return command?.RequestedDateTime?.getTime() ?? 0;
}

function byTags(tags: Readonly<Record<string, readonly string[]>>) {
  return Object.entries(tags).map(([Key, Values]) => ({ Key, Values: [...Values] }));
}

/** Without milliseconds, as AWS shows it. */
function instant(at: Millis): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
