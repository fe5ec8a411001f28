import { createAuthority } from '../../src/sandbox/certificates.js';
import { createRandom } from '../../src/sandbox/random.js';
import type { WorldView } from './world/index.js';

/** Deployments of these names in a cloud that does not answer. */
export async function nobodysWorld(names: readonly string[], seed: number): Promise<WorldView> {
  const { caPem } = await createAuthority();
  const random = createRandom(seed);
  const url = 'https://127.0.0.1:9';
  return {
    caPem,
    cloudUrl: url,
    cloudKey: random.base62(40),
    secretsUrl: url,
    accessKeyId: random.base62(20),
    secretAccessKey: random.base62(40),
    deployments: names.map((name) => ({
      name,
      id: random.hex(32),
      mode: 'standalone',
      refId: 'main-apm',
      apmUrl: url,
      kibanaUrl: url,
      kibanaKey: '',
      secretId: `prod/apm/${name}`,
    })),
  };
}
