import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { RotorError, systemCode } from '../rotation/errors.js';

export type Address = { readonly address: string; readonly family: 4 | 6 };

/** All addresses of a name, now. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

export const systemResolve: Resolve = async (host) => {
  const found = await lookup(host, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};

/** What is not for everybody: https://www.iana.org/assignments/iana-ipv4-special-registry and multicast. */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Outside of it nothing is global: loopback, link-local, unique local, IPv4-mapped, NAT64, multicast. */
const GLOBAL_V6 = '2000::/3';
/** Within it, by https://www.iana.org/assignments/iana-ipv6-special-registry; 2002::/16 holds any IPv4 address. */
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const special = listOf([...SPECIAL_V4, ...SPECIAL_V6]);
const global = listOf([GLOBAL_V6]);

/** An address, or one with the length of its prefix. */
export function isRange(text: string): boolean {
  const [address = '', prefix, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/**
 * Keeps requests whose address somebody else may choose away from what only this machine or its network can reach:
 * metadata services, the loopback interface, other people's internal services.
 */
export class AddressGuard {
  readonly #names: ReadonlySet<string>;
  readonly #ranges: BlockList;

  /** `allowed`: names of hosts, addresses and CIDR ranges that may be private. */
  constructor(
    allowed: readonly string[],
    private readonly resolve: Resolve = systemResolve,
  ) {
    this.#names = new Set(allowed.filter((text) => !isRange(text)).map(plain));
    this.#ranges = listOf(allowed.filter(isRange));
  }

  /**
   * The addresses of the host, each of which may be connected to. Asked once: a name that has another address a moment
   * later leads nowhere else. Throws `address_refused`, and `upstream_unreachable` for a name without an address.
   */
  async addressesOf({ hostname }: URL): Promise<readonly Address[]> {
    const host = plain(hostname);
    const found = await this.#found(host);
    const refused = this.#names.has(host) ? undefined : found.find((one) => !this.#isAllowed(one));
    if (!refused) return found;
    const where = refused.address === host ? host : `${host} (${refused.address})`;
    throw new RotorError('address_refused', `${where} is an address of a private or special network`, {
      effect: 'not_applied',
      hint: 'Where that is meant, name the host or its network in allowPrivate.',
    });
  }

  async #found(host: string): Promise<readonly Address[]> {
    const family = isIP(host);
    if (family !== 0) return [{ address: host, family: family === 6 ? 6 : 4 }];
    const found = await this.resolve(host).catch((cause: unknown) => {
      throw unknownHost(host, systemCode(cause) ?? 'unknown error');
    });
    if (found.length === 0) throw unknownHost(host, 'no address');
    return found;
  }

  #isAllowed({ address, family }: Address): boolean {
    const kind = family === 6 ? 'ipv6' : 'ipv4';
    // A zone says by which interface, not which address.
    const bare = address.split('%')[0] ?? '';
    if (this.#ranges.check(bare, kind)) return true;
    return (family === 4 || global.check(bare, kind)) && !special.check(bare, kind);
  }
}

function unknownHost(host: string, why: string): RotorError {
  return new RotorError('upstream_unreachable', `${host}: its address could not be found (${why}).`, {
    effect: 'not_applied',
  });
}

/** As it is compared: small, without the brackets of IPv6 and the dot of the root. */
function plain(host: string): string {
  return host.toLowerCase().replaceAll(/[[\]]/g, '').replace(/\.$/, '');
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}
