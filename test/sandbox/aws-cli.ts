import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AwsSurroundings } from '../targets/aws-surroundings.js';
import { REGION } from '../targets/aws-surroundings.js';

const run = promisify(execFile);

/** The AWS command line is no package of npm: where it is not installed, what it would show stays unshown. */
export const hasAwsCli = spawnSync('aws', ['--version']).status === 0;

if (!hasAwsCli) {
  process.stderr.write(
    '\nSKIPPED: the AWS command line is not installed, so no foreign client has spoken to the sandbox.\n',
  );
}

/** A client that Rotor has nothing to do with: botocore, with the published models of the services. */
export class AwsCli {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rotor-cli-'));
  readonly #ca: string;

  constructor(
    private readonly surroundings: AwsSurroundings,
    private readonly url: string,
  ) {
    this.#ca = join(this.#folder, 'ca.pem');
    writeFileSync(this.#ca, surroundings.authority.caPem);
  }

  /** What it prints, as JSON; its error text where it ends otherwise. */
  async ask(...args: readonly string[]): Promise<unknown> {
    const { accessKeyId, secretAccessKey } = this.surroundings.keys;
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: REGION,
      AWS_CA_BUNDLE: this.#ca,
      AWS_MAX_ATTEMPTS: '1',
      AWS_PAGER: '',
    };
    try {
      const { stdout } = await run('aws', [...args, '--endpoint-url', this.url, '--output', 'json'], { env });
      return stdout === '' ? {} : JSON.parse(stdout);
    } catch (error) {
      return String((error as { stderr?: unknown }).stderr).trim();
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
