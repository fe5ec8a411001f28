import type {
  AliasConfiguration,
  FunctionConfiguration,
  GetProvisionedConcurrencyConfigCommandOutput,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { Calls, type CallsOptions } from '../../aws/calls.js';
import type { AwsService } from '../../aws/clients.js';
import type { Where } from '../../aws/per-place.js';
import type { RotorError } from '../../rotation/errors.js';
import { awsFault, commonFault, ownFault } from '../aws/faults.js';
import { callsOf, type AwsTargetDeps } from '../aws/fields.js';
import type { LambdaTargetConfig } from './config.js';
import type { Page } from './listing.js';

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
/** GetFunction has 100 a second of its own (there as well), of which this takes two thirds. */
const GET_EVERY_MS = 15;

/** Somebody else has changed it, or a change is under way: to be looked at anew. */
const ELSEWHERE = {
  PreconditionFailedException: 'changed',
  ResourceConflictException: 'changed',
} as const;
const ABSENT = { ResourceNotFoundException: undefined };
const DENIED = { AccessDeniedException: 'denied', AccessDenied: 'denied' } as const;

const LAMBDA: AwsService = { name: 'AWS Lambda', iam: 'lambda', variable: 'AWS_ENDPOINT_URL_LAMBDA' };

/** The calls that the target makes. Each write is conditional on a revision, or makes the same thing again. */
export class LambdaApi {
  readonly where: Where;
  readonly #calls: Calls<Opened>;
  /** Of lists that several targets read together: an error is told to each of them in its own name. */
  readonly #lists: Calls<Opened>;
  readonly #gets: Calls<Opened>;
  readonly #fault: ReturnType<typeof awsFault>;

  constructor(config: LambdaTargetConfig, deps: AwsTargetDeps) {
    const { run, everyMs = run === undefined ? LOOK_EVERY_MS : EVERY_MS } = deps;
    const options: CallsOptions<Opened> = {
      ...callsOf(LAMBDA, config, deps),
      everyMs,
      open: async (settings) => {
        const sdk = await import('@aws-sdk/client-lambda');
        return { sdk, client: new sdk.LambdaClient({ ...settings, maxAttempts: 3 }) };
      },
    };
    this.where = options;
    this.#fault = awsFault(config.name, LAMBDA);
    this.#calls = new Calls(options);
    this.#lists = new Calls({ ...options, fault: commonFault });
    this.#gets = new Calls({ ...options, everyMs: Math.min(everyMs, GET_EVERY_MS), quota: 'GetFunction' });
  }

  /** Throws `CommonFailure`, of which `listFault` makes what the target throws. */
  async page(marker: string | undefined, signal: AbortSignal): Promise<Page> {
    const input = marker === undefined ? {} : { Marker: marker };
    const { Functions = [], NextMarker } = await this.#lists.send(
      'ListFunctions',
      ({ sdk, client }, stop) => client.send(new sdk.ListFunctionsCommand(input), stop),
      signal,
    );
    return { functions: Functions, next: NextMarker };
  }

  listFault(error: unknown): RotorError {
    return ownFault(this.#fault, error, 'ListFunctions');
  }

  /**
   * The same as `configuration` of $LATEST, many times as often. Whoever may ask for it may have the code of the function
   * as well, so that it may be denied.
   */
  async quickly(name: string, signal: AbortSignal): Promise<FunctionConfiguration | 'denied' | undefined> {
    const reply = await this.#gets.send(
      'GetFunction',
      ({ sdk, client }, stop) => client.send(new sdk.GetFunctionCommand({ FunctionName: name }), stop),
      signal,
      { ...ABSENT, ...DENIED },
    );
    return reply === 'denied' ? reply : reply?.Configuration;
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
