import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import type { Journal } from '../journal/journal.js';
import { Reloader } from '../reloading/reloader.js';
import { RotorError } from '../rotation/errors.js';
import { JOURNAL } from '../tokens.js';
import { reportOf, type Check } from './checks.js';

type Asked = Readonly<Record<string, string | readonly string[] | undefined>>;
type Reply = { status(code: number): Reply; header(name: string, value: string): Reply };
type Answer = string | { readonly status: 'ok' };

/** Never depends on an upstream: a cloud that is down is no reason to restart or to unlist Rotor. */
@Controller()
export class HealthController implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #started = false;
  #draining = false;
  readonly #alive: Check = { name: 'ping', run: () => undefined };
  readonly #journal: Check;

  constructor(
    @Inject(JOURNAL) journal: Journal,
    @Inject(Reloader) private readonly reloader: Reloader,
  ) {
    this.#journal = { name: 'journal', run: async () => journal.check() };
  }

  onApplicationBootstrap(): void {
    this.#started = true;
  }

  beforeApplicationShutdown(): void {
    this.#draining = true;
  }

  @Get('livez')
  async livez(@Query() asked: Asked, @Res({ passthrough: true }) reply: Reply): Promise<Answer> {
    return answer('livez', [this.#alive], asked, reply);
  }

  @Get('readyz')
  async readyz(@Query() asked: Asked, @Res({ passthrough: true }) reply: Reply): Promise<Answer> {
    const shutdown = { name: 'shutdown', run: () => this.#assertNotDraining() };
    const config = { name: 'config', run: () => this.#assertConfig(), isWarning: true } as const;
    return answer('readyz', [this.#alive, shutdown, this.#journal, config], asked, reply);
  }

  /** What comes before, up to the journal, is waited for elsewhere at this address; see `waiting-room.ts`. */
  @Get('startupz')
  async startupz(@Query() asked: Asked, @Res({ passthrough: true }) reply: Reply): Promise<Answer> {
    const started = { name: 'started', run: () => this.#assertStarted() };
    return answer('startupz', [this.#alive, started], asked, reply);
  }

  #assertNotDraining(): void {
    if (this.#draining) throw new RotorError('journal_unavailable', 'Rotor is shutting down');
  }

  /** Anybody may ask, so that what is wrong with it is told elsewhere. */
  #assertConfig(): void {
    const { refusal, loadedAt } = this.reloader;
    if (!refusal) return;
    const since = new Date(loadedAt).toISOString();
    throw new RotorError(
      'config_invalid',
      `the config file could not be put in force, and that of ${since} still is; GET /v1/info and the log say why`,
    );
  }

  #assertStarted(): void {
    if (!this.#started) throw new RotorError('journal_unavailable', 'Rotor is starting');
  }
}

/** A few words for a probe; each check for a person who adds `?verbose`. Throws what the first failed check throws. */
async function answer(
  endpoint: string,
  checks: readonly Check[],
  { verbose, exclude = [] }: Asked,
  reply: Reply,
): Promise<Answer> {
  const { isOk, error, text } = await reportOf(endpoint, checks, [exclude].flat());
  if (verbose !== undefined) {
    reply.status(isOk ? 200 : 503).header('content-type', 'text/plain; charset=utf-8');
    return text;
  }
  if (!isOk) throw error;
  return { status: 'ok' };
}
