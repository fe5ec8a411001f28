import type {
  AliasConfiguration,
  FunctionConfiguration,
  GetProvisionedConcurrencyConfigCommandOutput,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { Calls } from '../../aws/calls.js';
import type { AwsService } from '../../aws/clients.js';
import { callsOf, type AwsTargetDeps } from '../aws/fields.js';
import type { LambdaTargetConfig } from './config.js';

type Opened = {
  readonly sdk: typeof import('@aws-sdk/client-lambda');
  readonly client: LambdaClient;
};

/**
 * 15 requests a second for nearly all of the control plane, of the whole account, which cannot be raised
 * (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests): others need some as well.
 */
const EVERY_MS = 100;
/** Outside of a run: a look that recurs takes four a second of them. */
const LOOK_EVERY_MS = 250;

/** Somebody else has changed it, or a change is under way: to be looked at anew. */
const ELSEWHERE = {
  PreconditionFailedException: 'changed',
  ResourceConflictException: 'changed',
} as const;
const ABSENT = { ResourceNotFoundException: undefined };

const LAMBDA: AwsService = { name: 'AWS Lambda', iam: 'lambda', variable: 'AWS_ENDPOINT_URL_LAMBDA' };

/** The calls that the target makes. Each write is conditional on a revision, or makes the same thing again. */
export class LambdaApi {
  readonly #calls: Calls<Opened>;

  constructor(config: LambdaTargetConfig, deps: AwsTargetDeps) {
    const { run, everyMs = run === undefined ? LOOK_EVERY_MS : EVERY_MS } = deps;
    this.#calls = new Calls<Opened>({
      ...callsOf(LAMBDA, config, deps),
      everyMs,
      open: async (settings) => {
        const sdk = await import('@aws-sdk/client-lambda');
        return { sdk, client: new sdk.LambdaClient({ ...settings, maxAttempts: 3 }) };
      },
    });
  }

  async names(signal: AbortSignal): Promise<readonly string[]> {
    const names: string[] = [];
    let marker: string | undefined;
    do {
      const input = marker === undefined ? {} : { Marker: marker };
      const page = await this.#calls.send(
        'ListFunctions',
        ({ sdk, client }, stop) => client.send(new sdk.ListFunctionsCommand(input), stop),
        signal,
      );
      names.push(...(page.Functions ?? []).flatMap(({ FunctionName }) => FunctionName ?? []));
      marker = page.NextMarker;
    } while (marker !== undefined);
    return names;
  }

  /** undefined: there is no such function, or no such version. */
  async configuration(
    name: string,
    version: string | undefined,
    signal: AbortSignal,
  ): Promise<FunctionConfiguration | undefined> {
    const input = { FunctionName: name, ...(version !== undefined && { Qualifier: version }) };
    return this.#calls.send(
      'GetFunctionConfiguration',
      ({ sdk, client }, stop) => client.send(new sdk.GetFunctionConfigurationCommand(input), stop),
      signal,
      ABSENT,
    );
  }

  async alias(name: string, alias: string, signal: AbortSignal): Promise<AliasConfiguration | undefined> {
    return this.#calls.send(
      'GetAlias',
      ({ sdk, client }, stop) =>
        client.send(new sdk.GetAliasCommand({ FunctionName: name, Name: alias }), stop),
      signal,
      ABSENT,
    );
  }

  async aliases(name: string, signal: AbortSignal): Promise<readonly AliasConfiguration[]> {
    const { Aliases = [] } = await this.#calls.send(
      'ListAliases',
      ({ sdk, client }, stop) => client.send(new sdk.ListAliasesCommand({ FunctionName: name }), stop),
      signal,
    );
    return Aliases;
  }

  /** undefined: none is configured for the alias. */
  async provisioned(
    name: string,
    alias: string,
    signal: AbortSignal,
  ): Promise<GetProvisionedConcurrencyConfigCommandOutput | undefined> {
    return this.#calls.send(
      'GetProvisionedConcurrencyConfig',
      ({ sdk, client }, stop) =>
        client.send(
          new sdk.GetProvisionedConcurrencyConfigCommand({ FunctionName: name, Qualifier: alias }),
          stop,
        ),
      signal,
      { ...ABSENT, ProvisionedConcurrencyConfigNotFoundException: undefined },
    );
  }

  /** Where the function is still as it was read. */
  async setVariables(
    { FunctionName, RevisionId }: FunctionConfiguration,
    variables: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<'set' | 'changed'> {
    const input = { FunctionName, RevisionId, Environment: { Variables: { ...variables } } };
    const reply = await this.#calls.send(
      'UpdateFunctionConfiguration',
      ({ sdk, client }, stop) => client.send(new sdk.UpdateFunctionConfigurationCommand(input), stop),
      signal,
      ELSEWHERE,
    );
    return reply === 'changed' ? reply : 'set';
  }

  /** Where code and configuration are still as they were read; the last version, where it is the same. */
  async publish(
    { FunctionName, RevisionId, CodeSha256 }: FunctionConfiguration,
    signal: AbortSignal,
  ): Promise<{ readonly version: string } | 'changed'> {
    const input = { FunctionName, RevisionId, CodeSha256 };
    const reply = await this.#calls.send(
      'PublishVersion',
      ({ sdk, client }, stop) => client.send(new sdk.PublishVersionCommand(input), stop),
      signal,
      ELSEWHERE,
    );
    return reply === 'changed' || reply.Version === undefined ? 'changed' : { version: reply.Version };
  }

  /** Where the alias is still as it was read. */
  async point(
    name: string,
    { Name, RevisionId }: AliasConfiguration,
    version: string,
    signal: AbortSignal,
  ): Promise<'set' | 'changed'> {
    const input = { FunctionName: name, Name, RevisionId, FunctionVersion: version };
    const reply = await this.#calls.send(
      'UpdateAlias',
      ({ sdk, client }, stop) => client.send(new sdk.UpdateAliasCommand(input), stop),
      signal,
      ELSEWHERE,
    );
    return reply === 'changed' ? reply : 'set';
  }
}
