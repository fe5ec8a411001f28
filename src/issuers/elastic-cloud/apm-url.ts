import { RotorError } from '../../rotation/errors.js';
import type { ApmMetadata } from './schemas.js';

/**
 * Where agents send to. Newer deployments tell a URL by service, but only while it runs; older ones an endpoint and
 * a port. Throws `resource_unavailable` where none is told, `insecure_endpoint` where it is not https.
 */
export function apmUrlOf(metadata: ApmMetadata, label: string): string {
  const [told] = toldBy(metadata);
  if (told === undefined) {
    throw new RotorError('resource_unavailable', `${label}: the API tells no address of the APM Server.`, {
      hint: 'Check that the resource runs; the address can also be configured.',
    });
  }
  return assertHttps(told, label);
}

/** The others by which it can be reached over TLS, such as the one without its alias. */
export function otherApmUrlsOf(metadata: ApmMetadata): string[] {
  const [, ...others] = toldBy(metadata);
  return others.filter((url) => URL.parse(url)?.protocol === 'https:');
}

function toldBy(metadata: ApmMetadata): string[] {
  const { services_urls: services, aliased_url: alias, service_url: own } = metadata;
  const ofApm = services?.find(({ service }) => service === 'apm')?.url;
  const told = [ofApm, alias, own, endpointOf(metadata)].filter((url) => !!url);
  return [...new Set(told)] as string[];
}

function endpointOf({ endpoint, ports }: ApmMetadata): string | undefined {
  return endpoint && ports?.https ? `https://${endpoint}:${ports.https}` : undefined;
}

function assertHttps(text: string, label: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'https:') return text;
  const found = url === null ? 'an address that cannot be parsed' : `${url.protocol}//${url.host}`;
  throw new RotorError(
    'insecure_endpoint',
    `${label}: the API tells ${found} for the APM Server, expected https.`,
    {
      hint: 'Rotor sends no token without TLS.',
    },
  );
}
