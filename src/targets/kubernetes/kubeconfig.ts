import type { KubeConfig } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';
import { basicCredential } from '../../http/basic.js';
import { RotorError, systemCode } from '../../rotation/errors.js';
import { Secret } from '../../rotation/secret.js';
import type { ClusterName } from './cluster.js';

/** What a kubeconfig says of one context, without the credential. */
export type Access = {
  readonly context: string;
  readonly server: string;
  readonly servername?: string;
  readonly proxyUrl?: string;
  /** Reads files and runs commands, where the user of the context is one of those. */
  credentials(): Promise<Credentials>;
};

export type Credentials = {
  readonly caPem?: string;
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  readonly authorization?: { readonly scheme: 'Basic' | 'Bearer'; readonly credential: Secret };
  readonly headers: Readonly<Record<string, string>>;
};

/** A command that asks for a person, or for a cloud that does not answer, must not hold a delivery for ever. */
const COMMAND_MS = 60_000;

/** By the rules of the official client, which are kubectl's. Throws `config_invalid` and `insecure_endpoint`. */
export async function openKubeconfig(name: ClusterName): Promise<Access> {
  const config = await loaded(name);
  if (name.context !== undefined) config.setCurrentContext(name.context);
  const context = config.getCurrentContext();
  const cluster = config.getContextObject(context) ? config.getCurrentCluster() : null;
  if (!cluster)
    throw new RotorError(
      'config_invalid',
      `${titleOf(name)} has no context ${context || '(none is its current one)'}`,
      {
        hint: `Its contexts are: ${
          config
            .getContexts()
            .map((one) => one.name)
            .join(', ') || 'none'
        }.`,
      },
    );
  assertEncrypted(cluster, name, context);
  if (cluster.proxyUrl?.startsWith('socks'))
    throw new RotorError(
      'config_invalid',
      `context ${context} goes through a SOCKS proxy, and Rotor knows HTTP proxies only`,
    );
  return {
    context,
    server: cluster.server,
    ...(cluster.tlsServerName && { servername: cluster.tlsServerName }),
    ...(cluster.proxyUrl && { proxyUrl: cluster.proxyUrl }),
    credentials: async () => credentialsOf(config, context),
  };
}

async function loaded(name: ClusterName): Promise<KubeConfig> {
  // Loaded when the first such target is opened: it takes 0.4 s and 90 MB, which others need not pay.
  const { KubeConfig: Loader } = await import('@kubernetes/client-node');
  const config = new Loader();
  try {
    if (name.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(name.kubeconfig);
    return config;
  } catch (error) {
    // The parser's own words quote the file, which may hold a credential.
    const why = systemCode(error) ?? 'it is no kubeconfig';
    throw new RotorError('config_invalid', `${titleOf(name)} cannot be read (${why})`, {
      hint: 'See whether `kubectl config view` can read it, as the user that Rotor runs as.',
    });
  }
}

function titleOf({ kubeconfig }: ClusterName): string {
  return kubeconfig === undefined ? 'the kubeconfig' : `the kubeconfig ${kubeconfig}`;
}

type ClusterOf = NonNullable<ReturnType<KubeConfig['getCurrentCluster']>>;

function assertEncrypted({ server, skipTLSVerify }: ClusterOf, name: ClusterName, context: string): void {
  // What the client falls back to.
  if (name.kubeconfig === undefined && server === 'http://localhost:8080')
    throw new RotorError(
      'config_invalid',
      'there is no kubeconfig (KUBECONFIG, ~/.kube/config), and Rotor does not run in a pod with a service account',
      {
        hint: 'Name one with `kubeconfig`.',
      },
    );
  if (URL.parse(server)?.protocol !== 'https:')
    throw new RotorError(
      'insecure_endpoint',
      `context ${context}: its server is not an https address, so the token would go in clear`,
      {
        hint: 'Use the https address of the API server.',
      },
    );
  if (skipTLSVerify)
    throw new RotorError(
      'insecure_endpoint',
      `context ${context} says insecure-skip-tls-verify, so the token could go to anybody`,
      {
        hint: 'Give the certificate of its authority (certificate-authority-data) instead.',
      },
    );
}

async function credentialsOf(config: KubeConfig, context: string): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await inTime(config.applyToHTTPSOptions(options));
  } catch (error) {
    // A command's own words may hold what it was given.
    const why =
      systemCode(error) ?? (error instanceof TooLong ? error.message : 'its command or file gave none');
    throw new RotorError(
      'upstream_unauthenticated',
      `context ${context}: no credential could be had (${why})`,
      {
        retryable: true,
        hint: 'Run `kubectl auth whoami` as the user that Rotor runs as.',
      },
    );
  }
  const { ca, cert, key, auth } = options;
  const given = options.headers as Readonly<Record<string, string>> | undefined;
  const { Authorization: authorizing, ...headers } = given ?? {};
  const bearer = /^Bearer\s+(\S+)\s*$/.exec(authorizing ?? '')?.[1];
  const authorization = authorizationOf(bearer, auth);
  return {
    ...(ca !== undefined && { caPem: pemOf(ca) }),
    ...(cert !== undefined &&
      key !== undefined && { clientCertificate: { cert: pemOf(cert), key: pemOf(key) } }),
    ...(authorization && { authorization }),
    headers,
  };
}

/** The client gives a text or its bytes, whatever else TLS would take. */
function pemOf(pem: NonNullable<RequestOptions['ca'] | RequestOptions['key']>): string {
  return Buffer.isBuffer(pem) || typeof pem === 'string' ? pem.toString() : '';
}

function authorizationOf(bearer: string | undefined, auth: string | null | undefined) {
  if (bearer !== undefined) return { scheme: 'Bearer', credential: new Secret(bearer) } as const;
  if (typeof auth !== 'string') return undefined;
  const [user = '', ...password] = auth.split(':');
  return { scheme: 'Basic', credential: basicCredential(user, new Secret(password.join(':'))) } as const;
}

class TooLong extends Error {}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new TooLong(`its command took longer than ${COMMAND_MS} ms`)),
    COMMAND_MS,
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
