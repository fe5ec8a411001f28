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
import { callsOf, type AwsTargetDeps } from '../aws/fields.js';
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
/** An account may run thousands of commands a day: what is further back is not looked for. */
const MOST_PAGES = 40;

const SSM: AwsService = { name: 'AWS Systems Manager', iam: 'ssm', variable: 'AWS_ENDPOINT_URL_SSM' };

/** The calls that the target makes. */
export class SsmApi {
  readonly #calls: Calls<Opened>;
  readonly #config: SsmTargetConfig;

  constructor(config: SsmTargetConfig, deps: AwsTargetDeps) {
    this.#config = config;
    this.#calls = new Calls<Opened>({
      ...callsOf(SSM, config, deps),
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
    const tags = Object.entries(targets).map(([Key, Values]) => ({ Key, Values: [...Values] }));
    const Filters = instanceIds ? [{ Key: 'InstanceIds', Values: [...instanceIds] }] : tags;
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

  /** The newest of one document since a moment that is meant. In practice AWS lists the newest first. */
  async newest(
    { document, since }: { readonly document: string; readonly since: Date },
    isMeant: (command: Command) => boolean,
    signal: AbortSignal,
  ): Promise<Command | undefined> {
    const Filters = [
      { key: 'DocumentName' as const, value: document },
      // Without milliseconds, as AWS shows it.
      { key: 'InvokedAfter' as const, value: since.toISOString().replace(/\.\d+Z$/, 'Z') },
    ];
    const found = await this.#pages(
      async (NextToken) => {
        const page = await this.#calls.send(
          'ListCommands',
          ({ sdk, client }, stop) =>
            client.send(new sdk.ListCommandsCommand({ Filters, MaxResults: PAGE, NextToken }), stop),
          signal,
        );
        return { items: (page.Commands ?? []).filter(isMeant), next: page.NextToken };
      },
      ({ length }) => length > 0,
    );
    const requested = ({ RequestedDateTime }: Command): number => RequestedDateTime?.getTime() ?? 0;
    return found.toSorted((a, b) => requested(b) - requested(a))[0];
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
      ...(targets && {
        Targets: Object.entries(targets).map(([Key, Values]) => ({ Key, Values: [...Values] })),
      }),
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
    isEnough: (all: readonly Item[]) => boolean = () => false,
  ): Promise<readonly Item[]> {
    const all: Item[] = [];
    let token: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { items, next } = await read(token);
      all.push(...items);
      if (next === undefined || next === '' || isEnough(all)) break;
      token = next;
    }
    return all;
  }
}
