import type { Agent } from 'node:https';
import { clientSettings, type ClientSettings } from '../../aws/clients.js';
import { RotorError } from '../../rotation/errors.js';

type Named = {
  /** For a person: `AWS STS`. */
  readonly service: string;
  /** The variable that names another endpoint of it. */
  readonly variable: string;
};

/** What the clients of all services are opened with. */
export async function clientBasics(
  { service, variable }: Named,
  region: string | undefined,
  agent: Agent,
): Promise<ClientSettings & { readonly maxAttempts: number }> {
  const insecure = (): RotorError =>
    new RotorError('store_refused', `The endpoint of ${service} is not https.`, {
      hint: `Check AWS_ENDPOINT_URL, ${variable} and endpoint_url in the AWS profile.`,
    });
  return {
    ...(await clientSettings({ region }, agent, insecure)),
    // Tries of one request. The writes may be sent again as well: a version is made once for one ClientRequestToken,
    // and a label moved by a request whose answer was lost is found where it should be.
    maxAttempts: 3,
  };
}
