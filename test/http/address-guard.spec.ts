import { describe, expect, it } from '@jest/globals';
import { AddressGuard, isRange, type Address } from '../../src/http/address-guard.js';

const at = (...addresses: string[]): Address[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

async function verdict(url: string, allowed: readonly string[] = [], ...resolved: string[]): Promise<string> {
  const guard = new AddressGuard(allowed, async () => at(...resolved));
  return guard.addressesOf(new URL(url)).then(
    (found) => found.map(({ address }) => address).join(' '),
    (error: { code: string }) => error.code,
  );
}

const REFUSED = [
  'http://127.0.0.1/',
  'http://127.9.9.9/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://0/',
  'http://10.1.2.3/',
  'http://172.31.255.255/',
  'http://192.168.1.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://100.64.0.1/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[::127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[fe80::1]/',
  'http://[fd00::1]/',
  'http://[ff02::1]/',
];

describe('an address', () => {
  it.each(REFUSED)('of a private or special network is refused however it is written: %s', async (url) => {
    expect(await verdict(url)).toBe('address_refused');
  });

  it.each(['http://8.8.8.8/', 'http://172.32.0.1/', 'http://100.128.0.1/', 'http://[2606:4700::1111]/'])(
    'that everybody can reach is taken: %s',
    async (url) => {
      expect(await verdict(url)).not.toBe('address_refused');
    },
  );

  it('is refused where one of several of a name is private', async () => {
    expect(await verdict('https://a.test/', [], '8.8.8.8', '10.0.0.1')).toBe('address_refused');
    expect(await verdict('https://a.test/', [], '8.8.8.8', '::1')).toBe('address_refused');
  });

  it('of a link-local interface is refused with its zone', async () => {
    expect(await verdict('https://a.test/', [], 'fe80::1%eth0')).toBe('address_refused');
  });

  it.each([
    ['its name, in any case and with the dot of the root', ['A.test.'], '10.0.0.1'],
    ['its network', ['10.0.0.0/8'], '10.0.0.1'],
    ['the address itself', ['10.0.0.1'], '10.0.0.1'],
    ['its network, mapped into IPv6', ['10.0.0.0/8'], '::ffff:10.0.0.1'],
    ['its network of IPv6', ['fd00::/8'], 'fd00::1'],
  ])('that is private is taken where the config allows %s', async (_, allowed, address) => {
    expect(await verdict('https://a.test/', allowed, address)).toBe(address);
  });

  it('that is private is refused where the config allows another', async () => {
    expect(await verdict('https://a.test/', ['b.test', '10.1.0.0/16'], '10.0.0.1')).toBe('address_refused');
  });

  it('that a name does not have is named as that', async () => {
    expect(await verdict('https://a.test/')).toBe('upstream_unreachable');
  });
});

it.each([
  ['10.0.0.0/8', true],
  ['fd00::/8', true],
  ['10.0.0.1', true],
  ['10.0.0.0/33', false],
  ['10.0.0.0/8/8', false],
  ['hooks.internal', false],
])('%s is a range: %s', (text, expected) => {
  expect(isRange(text)).toBe(expected);
});
