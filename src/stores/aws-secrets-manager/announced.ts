import { RotorError } from '../../rotation/errors.js';
import type { Secret } from '../../rotation/secret.js';
import type { Announced, Standing } from '../driven-store.js';
import type { VersionId } from '../store.js';
import { CURRENT, ownLabel, PENDING } from './labels.js';
import type { StoreParts } from './parts.js';
import { patiently } from './patience.js';
import { assertNotDeleted } from './preflight.js';

/**
 * What AWS's templates of a rotation function check and do, in their order:
 * https://github.com/aws-samples/aws-secrets-manager-rotation-lambdas/blob/master/SecretsManagerRotationTemplate/lambda_function.py
 */
export class AnnouncedVersions implements Announced {
  constructor(
    private readonly parts: StoreParts,
    private readonly secretId: string,
  ) {}

  async standing(version: VersionId, signal: AbortSignal): Promise<Standing> {
    const { delaysMs } = this.parts;
    // RotateSecret puts the label on and calls at once: a read may still be of the moment before.
    return (await patiently(async () => this.#look(version, signal), delaysMs, signal)) ?? 'unannounced';
  }

  async held(version: VersionId, patient: boolean, signal: AbortSignal): Promise<Secret | undefined> {
    const { api, reader, delaysMs } = this.parts;
    const look = async () => api.content({ version }, signal);
    const content = await patiently(look, patient ? delaysMs : [], signal);
    return content && reader.tokenIn(content);
  }

  async fill(version: VersionId, token: Secret, signal: AbortSignal): Promise<Secret> {
    const { api, reader, format, place } = this.parts;
    if (token.isEmpty) throw this.#refused(`An empty token cannot be stored in ${place}`);
    const current = await api.content({ label: CURRENT }, signal);
    if (current === undefined) throw this.#noCurrent();
    const base = format.hasNeighbours ? reader.textOf(current) : undefined;
    const text = format.textWith(token, base, `the current version of ${place}`);
    const labels = await api.put({ version, text, labels: [PENDING, ownLabel(version)] }, signal);
    if (labels === 'absent') throw this.#noCurrent();
    if (labels !== 'taken') return token;
    const held = await reader.token(version, signal);
    if (held === undefined) throw this.#refused(`${this.#where(version)} holds a value without a token`);
    return held;
  }

  async dismiss(version: VersionId, signal: AbortSignal): Promise<void> {
    // `elsewhere`: it does not carry the label any more, which is all that is asked for.
    await this.parts.api.move({ label: PENDING, from: version }, signal);
  }

  howToEnd(version: VersionId): string {
    const secret = `--secret-id ${this.secretId}`;
    return (
      `To start another rotation: aws secretsmanager update-secret-version-stage ${secret} --version-stage ${PENDING} ` +
      `--remove-from-version-id ${version}; then: aws secretsmanager rotate-secret ${secret}.`
    );
  }

  async #look(version: VersionId, signal: AbortSignal): Promise<'pending' | 'current' | undefined> {
    const { api, place } = this.parts;
    const secret = await api.describe(signal);
    if (secret === undefined) {
      throw new RotorError('store_missing', `AWS does not find ${place}.`, {
        hint: 'Check its name, region and account; it may have been deleted.',
      });
    }
    assertNotDeleted(secret, place);
    if (secret.RotationEnabled !== true) {
      throw this.#refused(
        `${place} is not enabled for rotation, so AWS does not drive it`,
        'Turn its rotation on: aws secretsmanager rotate-secret with --rotation-lambda-arn and --rotation-rules.',
      );
    }
    const labels = secret.labels.get(version) ?? [];
    if (labels.includes(CURRENT)) return 'current';
    return labels.includes(PENDING) ? 'pending' : undefined;
  }

  #noCurrent(): RotorError {
    return new RotorError('store_missing', `${this.parts.place} has no current version.`, {
      hint: 'Its first version would be current before the APM Server has accepted it. Store the token in force first: rotor adopt.',
    });
  }

  #where(version: VersionId): string {
    return this.parts.reader.placeOf(version);
  }

  #refused(message: string, hint?: string): RotorError {
    return new RotorError('store_refused', `${message}.`, hint === undefined ? {} : { hint });
  }
}
