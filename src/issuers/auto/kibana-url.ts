import { RotorError } from '../../rotation/errors.js';
import type { Deployment } from '../elastic-cloud/schemas.js';

/**
 * Of the Kibana that the deployment runs. Throws `resource_unavailable` where it has none that is running,
 * `insecure_endpoint` where its address is not https.
 */
export function kibanaUrlOf({ name, resources }: Deployment): string {
  const told = (resources.kibana ?? []).map(
    ({ info }) => info?.metadata?.service_url || info?.metadata?.aliased_url,
  );
  const url = told.find((one) => one);
  if (!url) {
    throw new RotorError('resource_unavailable', `${name}: the API tells no address of a Kibana.`, {
      hint: 'APM is managed in its Fleet: start or add Kibana, or name it with `kibana: { url: ... }`.',
    });
  }
  if (URL.parse(url)?.protocol === 'https:') return url;
  throw new RotorError('insecure_endpoint', `${name}: the API tells ${url} for Kibana, expected https.`, {
    hint: 'Rotor sends no token without TLS.',
  });
}
