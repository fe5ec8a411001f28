import { randomInt } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Keyring } from '../aws/keyring.js';
import { authenticate, type NotSigned } from '../aws/sigv4.js';
import type { Authority } from '../certificates.js';
import { loopback, type Network } from '../https-front.js';
import type { LedgerEvent } from '../ledger.js';
import { createRandom, type Random } from '../random.js';
import {
  assume,
  assumeWithWebIdentity,
  type Form,
  type Session,
  type StsState,
  type Trust,
} from './actions.js';
import { createIdentityProvider, type IdentityClaims } from './identity-provider.js';
import { StsError, type StsErrorCode } from './sts-error.js';
import { errorXml, resultXml } from './xml.js';

export type StsOptions = {
  readonly authority: Authority;
  /** Where its keys are good: that of the services that share it. */
  readonly keyring: Keyring;
  /** Default: TLS on loopback. */
  readonly network?: Network;
  readonly random?: Random;
  readonly ledger?: { append(event: LedgerEvent): unknown };
};

export type Sts = {
  readonly url: string;
  /** Makes a role of this ARN, or changes whom a known one lets in. */
  role(arn: string, trust: Trust): void;
  /** What the identity provider of the account would put into the token file of a workload. */
  identityToken(claims: IdentityClaims): Promise<string>;
  /** What was given out, oldest first. */
  sessions(): readonly Session[];
  /** The next requests, the number of tries of the SDK unless given, are answered so. */
  refuse(code: StsErrorCode, times?: number): void;
  close(): Promise<void>;
};

const SDK_TRIES = 3;

/** AWS STS by the query protocol: https://docs.aws.amazon.com/STS/latest/APIReference/ */
export async function startSts(options: StsOptions): Promise<Sts> {
  const state: StsState = {
    keyring: options.keyring,
    identities: await createIdentityProvider(),
    roles: new Map(),
    sessions: [],
    random: options.random ?? createRandom(randomInt(2 ** 32)),
  };
  const log = (event: LedgerEvent): unknown => options.ledger?.append(event);
  const refusals: StsErrorCode[] = [];
  const front = await (options.network ?? loopback(options.authority))({
    onRequest: async (request, response) => answer(state, refusals, log, request, response),
    onDefect: (error) => log({ kind: 'sandbox.defect', operation: 'sts', error }),
  });
  return {
    url: front.url,
    role: (arn, trust) => void state.roles.set(arn, trust),
    identityToken: async (claims) => state.identities.token(claims),
    sessions: () => state.sessions,
    refuse: (code, times = SDK_TRIES) => void refusals.push(...Array<StsErrorCode>(times).fill(code)),
    close: async () => front.close(),
  };
}

async function answer(
  state: StsState,
  refusals: StsErrorCode[],
  log: (event: LedgerEvent) => unknown,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const raw = await text(request);
  const form: Form = Object.fromEntries(new URLSearchParams(raw));
  const action = form['Action'] ?? '';
  const role = form['RoleArn'];
  const about = { kind: 'sts.request', action, ...(role !== undefined && { role }) } as const;
  const send = (status: number, xml: string): void => {
    response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
  };
  try {
    const refusal = refusals.shift();
    if (refusal) throw new StsError(refusal, `The sandbox was told to answer ${refusal}.`);
    const result = await act(state, request, raw, form);
    log({ ...about, status: 200 });
    send(200, resultXml(action, result));
  } catch (error) {
    if (!(error instanceof StsError)) throw error;
    log({ ...about, status: error.status, error: error.code });
    send(error.status, errorXml(error));
  }
}

/** With a web identity nobody signs: the token is what counts. */
async function act(state: StsState, request: IncomingMessage, raw: string, form: Form) {
  switch (form['Action']) {
    case 'AssumeRole': {
      const found = authenticate(request, Buffer.from(raw), 'sts', state.keyring);
      if (typeof found === 'string') throw new StsError(...REFUSALS[found]);
      return assume(state, form, found.key);
    }
    case 'AssumeRoleWithWebIdentity':
      return assumeWithWebIdentity(state, form);
    case undefined:
    default:
      throw new StsError(
        'InvalidAction',
        `Could not find operation ${form['Action']} for version 2011-06-15`,
      );
  }
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
const REFUSALS: Readonly<Record<NotSigned, [StsErrorCode, string]>> = {
  unsigned: ['MissingAuthenticationToken', 'Request is missing Authentication Token'],
  stranger: ['InvalidClientTokenId', 'The security token included in the request is invalid.'],
  mismatch: [
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided.',
  ],
  expired: ['ExpiredToken', 'The security token included in the request is expired'],
};
