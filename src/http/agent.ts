import { X509Certificate } from 'node:crypto';
import https from 'node:https';
import tls from 'node:tls';

import { RotorError } from '../rotation/errors.js';

export type HttpsAgentOptions = {
  /** One or more certificates in PEM, trusted besides the well-known ones. */
  readonly caPem?: string;
  /** `caPem` in place of the well-known ones: of a cluster that has an authority of its own. */
  readonly isOnlyAuthority?: boolean;
  /** By which the server knows this client, each in PEM. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  /** In the server's certificate, where it is another name than that of its address. */
  readonly servername?: string;
  /** Where HTTPS_PROXY and NO_PROXY are looked up; no proxy is used where it is absent. */
  readonly proxyEnv?: Readonly<Record<string, string | undefined>>;
};

/**
 * Opens a fresh connection for every request: a kept one may be half dead, and a write that breaks on it has an
 * unknown effect. Throws `config_invalid` for a CA that is not PEM.
 */
export function createHttpsAgent(options: HttpsAgentOptions = {}): https.Agent {
  return new https.Agent({
    keepAlive: false,
    // Of the hosts that were asked last the session is kept, so that their next connection need not prove the whole
    // chain again; some 25 KB each.
    maxCachedSessions: 200,
    // Said here, so that NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off from outside.
    rejectUnauthorized: true,
    ...((options.caPem !== undefined || options.clientCertificate) && { secureContext: contextOf(options) }),
    ...(options.servername !== undefined && { servername: options.servername }),
    ...(options.proxyEnv && { proxyEnv: { ...options.proxyEnv } }),
  });
}

/** Made once: from a list of certificates, Node would parse all of them again for every connection. */
function contextOf({ caPem, isOnlyAuthority, clientCertificate }: HttpsAgentOptions): tls.SecureContext {
  const wellKnown = isOnlyAuthority === true ? [] : tls.getCACertificates('default');
  const ca = caPem === undefined ? {} : { ca: [...wellKnown, assertPem(caPem)] };
  try {
    return tls.createSecureContext({ ...ca, ...clientCertificate });
  } catch (cause) {
    throw new RotorError('config_invalid', 'The client certificate or its key cannot be read.', { cause });
  }
}

// OpenSSL itself passes over what it cannot read in silence, and the fault would show up as an untrusted server.
function assertPem(pem: string): string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (blocks === null) {
    throw new RotorError('config_invalid', 'The CA certificate holds no certificate in PEM.', {
      hint: 'Give the text that begins with -----BEGIN CERTIFICATE-----.',
    });
  }
  for (const [index, block] of blocks.entries()) assertCertificate(block, index);
  return pem;
}

function assertCertificate(block: string, index: number): void {
  try {
    new X509Certificate(block).toString();
  } catch (cause) {
    throw new RotorError('config_invalid', `Certificate ${index + 1} of the CA file cannot be read.`, {
      cause,
    });
  }
}
