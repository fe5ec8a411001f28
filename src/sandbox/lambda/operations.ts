import { z } from 'zod';
import { AwsFailure } from '../aws/failure.js';
import { parsed } from '../aws/input.js';
import type { Answer } from '../aws/service.js';
import { uuid, type Random } from '../random.js';
import type { Timers } from '../timers.js';
import type { Fingerprint } from '../../rotation/secret.js';
import { aliasView, listedView, viewOf, wholeView } from './views.js';
import type { StoredFunction, StoredVersion } from './model.js';
import { aliasOf, assertIdle, assertRevision, fitting, found, present } from './preconditions.js';

export type LambdaWorld = {
  readonly functions: Map<string, StoredFunction>;
  readonly random: Random;
  readonly timers: Timers;
  /** Milliseconds that AWS takes for one change. */
  readonly changeMs: number;
  readonly pageSize: number;
  /** What an extension that starts now reads. */
  readonly reads: () => Fingerprint | undefined;
  /** Why the next updates come to nothing. */
  readonly failsWith: () => string | undefined;
  /** No change is ever done. */
  readonly isHeld: () => boolean;
};

export type Request = {
  readonly name: string;
  /** Of an alias, where the path has one. */
  readonly part: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
};

export type Operation = (world: LambdaWorld, request: Request) => Answer;

const revision = z.string().optional();
const inputs = {
  /** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html: more than a page is not given all the same. */
  ListFunctions: z.object({
    FunctionVersion: z.literal('ALL').optional(),
    Marker: z.string().optional(),
    MaxItems: z.coerce.number().int().min(1).max(10_000).default(10_000),
  }),
  UpdateFunctionConfiguration: z.object({
    RevisionId: revision,
    Environment: z.object({ Variables: z.record(z.string(), z.string()).default({}) }).optional(),
  }),
  PublishVersion: z.object({ RevisionId: revision, CodeSha256: z.string().optional() }),
  UpdateAlias: z.object({
    RevisionId: revision,
    FunctionVersion: z.string().optional(),
    RoutingConfig: z
      .object({ AdditionalVersionWeights: z.record(z.string(), z.number()).default({}) })
      .optional(),
  }),
};

/** The rules are those of https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
export const operations: Readonly<Record<string, Operation>> = {
  ListFunctions(world, { query }) {
    const input = parsed(inputs.ListFunctions, Object.fromEntries(query), 'InvalidParameterValueException');
    const all = [...world.functions.values()].flatMap((one) =>
      [one.latest, ...(input.FunctionVersion === 'ALL' ? one.published : [])].map((version) => ({
        one,
        version,
      })),
    );
    const from = fromMarker(input.Marker);
    const to = from + Math.min(world.pageSize, input.MaxItems);
    return ok({
      Functions: all.slice(from, to).map(({ one, version }) => listedView(one, version)),
      NextMarker: to < all.length ? markerOf(to) : null,
    });
  },

  GetFunction(world, { name, query }) {
    const one = found(world.functions, name);
    const version = present(one, query.get('Qualifier') ?? undefined);
    return ok(wholeView(one, version));
  },

  GetFunctionConfiguration(world, { name, query }) {
    const one = found(world.functions, name);
    const version = present(one, query.get('Qualifier') ?? undefined);
    return ok(viewOf(one, version));
  },

  UpdateFunctionConfiguration(world, { name, body }) {
    const one = found(world.functions, name);
    const { latest } = one;
    const { RevisionId, Environment } = parsed(
      inputs.UpdateFunctionConfiguration,
      body,
      'InvalidParameterValueException',
    );
    assertIdle(one);
    assertRevision(RevisionId, latest.revisionId);
    if (Environment) latest.variables = fitting(Environment.Variables);
    latest.lastModified = Date.now();
    latest.lastUpdateStatus = 'InProgress';
    delete latest.lastUpdateStatusReason;
    latest.revisionId = uuid(world.random);
    whenDone(world, () => finishUpdate(world, latest));
    return ok(viewOf(one, latest));
  },

  PublishVersion(world, { name, body }) {
    const one = found(world.functions, name);
    const { latest, published } = one;
    const input = parsed(inputs.PublishVersion, body, 'InvalidParameterValueException');
    assertIdle(one);
    assertRevision(input.RevisionId, latest.revisionId);
    if (input.CodeSha256 !== undefined && input.CodeSha256 !== latest.codeSha256) {
      throw new AwsFailure(
        'InvalidParameterValueException',
        'CodeSHA256 is different from current CodeSHA256 in $LATEST. Please try again with the CodeSHA256 in $LATEST.',
      );
    }
    const last = published.at(-1);
    if (last && isSame(last, latest)) return { status: 201, body: viewOf(one, last) };
    const version: StoredVersion = {
      ...latest,
      version: String(published.length + 1),
      revisionId: uuid(world.random),
      state: 'Pending',
    };
    published.push(version);
    whenDone(world, () => {
      version.state = 'Active';
      startEnvironments(world, version);
    });
    return { status: 201, body: viewOf(one, version) };
  },

  GetAlias(world, { name, part }) {
    const one = found(world.functions, name);
    return ok(aliasView(one, aliasOf(one, part)));
  },

  ListAliases(world, { name }) {
    const one = found(world.functions, name);
    return ok({ Aliases: [...one.aliases.values()].map((alias) => aliasView(one, alias)) });
  },

  UpdateAlias(world, { name, part, body }) {
    const one = found(world.functions, name);
    const alias = aliasOf(one, part);
    const input = parsed(inputs.UpdateAlias, body, 'InvalidParameterValueException');
    assertRevision(input.RevisionId, alias.revisionId);
    const version = input.FunctionVersion ?? alias.version;
    alias.version = present(one, version).version;
    alias.weights = input.RoutingConfig?.AdditionalVersionWeights ?? alias.weights;
    alias.revisionId = uuid(world.random);
    const provisioned = one.provisioned.get(alias.name);
    if (provisioned) {
      provisioned.status = 'IN_PROGRESS';
      whenDone(world, () => {
        provisioned.status = 'READY';
      });
    }
    return ok(aliasView(one, alias));
  },

  GetProvisionedConcurrencyConfig(world, { name, query }) {
    const one = found(world.functions, name);
    const provisioned = one.provisioned.get(query.get('Qualifier') ?? '');
    if (!provisioned) {
      throw new AwsFailure(
        'ProvisionedConcurrencyConfigNotFoundException',
        'No Provisioned Concurrency Config found for this function',
        404,
      );
    }
    return ok({
      RequestedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: provisioned.status === 'READY' ? 2 : 0,
      AllocatedProvisionedConcurrentExecutions: provisioned.status === 'READY' ? 2 : 0,
      Status: provisioned.status,
      StatusReason: provisioned.statusReason,
    });
  },
};

function whenDone(world: LambdaWorld, done: () => void): void {
  world.timers.after(world.changeMs, () => (world.isHeld() ? whenDone(world, done) : done()));
}

function finishUpdate(world: LambdaWorld, latest: StoredVersion): void {
  const reason = world.failsWith();
  latest.lastUpdateStatus = reason === undefined ? 'Successful' : 'Failed';
  if (reason === undefined) startEnvironments(world, latest);
  else latest.lastUpdateStatusReason = reason;
  latest.revisionId = uuid(world.random);
}

function startEnvironments(world: LambdaWorld, version: StoredVersion): void {
  const fingerprint = world.reads();
  if (fingerprint !== undefined) version.runsWith = fingerprint;
}

/** Opaque to whoever gets it. */
function markerOf(from: number): string {
  return Buffer.from(JSON.stringify({ from })).toString('base64');
}

function fromMarker(marker: string | undefined): number {
  if (marker === undefined) return 0;
  const [, from] = /^\{"from":(\d+)\}$/.exec(Buffer.from(marker, 'base64').toString()) ?? [];
  if (from !== undefined) return Number(from);
  throw new AwsFailure('InvalidParameterValueException', `Invalid marker: ${marker}`);
}

function isSame(a: StoredVersion, b: StoredVersion): boolean {
  const essence = ({ codeSha256, handler, timeout, variables }: StoredVersion): string =>
    JSON.stringify([
      codeSha256,
      handler,
      timeout,
      Object.entries(variables).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    ]);
  return essence(a) === essence(b);
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}
