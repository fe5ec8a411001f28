import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../src/sandbox/certificates.js';
import { agentFor } from '../../src/wiring/clients.js';

describe('the agent of an authority', () => {
  let folder = '';
  const env = {};

  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'rotor-clients-'))));
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  it('is one for all that trust the same, whichever file says so', async () => {
    const { caPem } = await createAuthority();
    const files = [join(folder, 'cloud.pem'), join(folder, 'store.pem')];
    for (const file of files) await writeFile(file, caPem);
    const [cloud, store] = files.map((caFile) => agentFor({ caFile }, env));
    expect(store).toBe(cloud);
    expect(agentFor(undefined, env)).not.toBe(cloud);
  });

  it('is another once the file holds another authority', async () => {
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, (await createAuthority('before')).caPem);
    const before = agentFor({ caFile }, env);
    await writeFile(caFile, (await createAuthority('after')).caPem);
    expect(agentFor({ caFile }, env)).not.toBe(before);
  });

  it('is another for another proxy', async () => {
    expect(agentFor(undefined, { HTTPS_PROXY: 'http://127.0.0.1:3128' })).not.toBe(agentFor(undefined, env));
  });
});
