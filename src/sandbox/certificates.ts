import { isIP } from 'node:net';

/** A certificate authority of the sandbox's own, so that clients verify certificates as they do in production. */
export type Authority = {
  readonly caPem: string;
  /** A server's key and certificate for these names and addresses, each in PEM. Asked twice, answered from memory. */
  issue(hosts: readonly string[]): Promise<{ key: string; cert: string }>;
};

const VALID_MS = 7 * 24 * 3_600_000;
// A client's clock may be behind, and X.509 times have no fraction.
const BACKDATED_MS = 3_600_000;
const SUBJECT_ALT_IP = 7;
const SUBJECT_ALT_DNS = 2;

// selfsigned signs with SHA-1 unless told otherwise, which OpenSSL refuses: "CA signature digest algorithm too weak".
const SIGNING = { algorithm: 'sha256', keyType: 'ec', curve: 'P-256' } as const;

/** Loaded when it is needed and not at the top: an optional dependency, which an installed server goes without. */
let loading: Promise<typeof import('selfsigned')> | undefined;

export async function createAuthority(name = 'Rotor sandbox authority'): Promise<Authority> {
  const { generate } = await (loading ??= import('selfsigned'));
  const ca = await generate([{ name: 'commonName', value: name }], {
    ...SIGNING,
    ...validity(),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });

  const issue = async (hosts: readonly string[]): Promise<{ key: string; cert: string }> => {
    const leaf = await generate([{ name: 'commonName', value: hosts[0] ?? 'localhost' }], {
      ...SIGNING,
      ...validity(),
      ca: { key: ca.private, cert: ca.cert },
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        { name: 'subjectAltName', altNames: hosts.map(altName) },
      ],
    });
    return { key: leaf.private, cert: leaf.cert };
  };
  return { caPem: ca.cert, issue: remember(issue) };
}

function validity(): { notBeforeDate: Date; notAfterDate: Date } {
  const now = Date.now();
  return { notBeforeDate: new Date(now - BACKDATED_MS), notAfterDate: new Date(now + VALID_MS) };
}

function altName(host: string): { type: 2; value: string } | { type: 7; ip: string } {
  return isIP(host) === 0 ? { type: SUBJECT_ALT_DNS, value: host } : { type: SUBJECT_ALT_IP, ip: host };
}

function remember<T>(
  issue: (hosts: readonly string[]) => Promise<T>,
): (hosts: readonly string[]) => Promise<T> {
  const issued = new Map<string, Promise<T>>();
  return async (hosts) => {
    const name = hosts.join(',');
    const known = issued.get(name) ?? issue(hosts);
    issued.set(name, known);
    return known;
  };
}
