import { Body, Controller, Headers, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { z } from 'zod';
import { asRotorError, RotorError } from '../rotation/errors.js';
import { BASE_URL } from '../tokens.js';
import { Gatekeeper } from './access/gatekeeper.js';
import { hasLabels, parseLabels } from './access/grant.js';
import { callerOf, type Called } from './access/guard.js';
import type { BulkStarted } from './api/answers/index.js';
import { StartRuns } from './api/requests.js';
import { requestOf } from './idempotency-key.js';
import { problemOf, type Traced } from './problem.js';
import { Rotations } from './rotations.js';

type Asked = z.output<typeof StartRuns>;

@Controller('v1/runs')
export class BulkController {
  constructor(
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
    @Inject(BASE_URL) private readonly baseUrl: string,
  ) {}

  /**
   * What one rotation is refused for keeps no other from starting. Of those that were found by labels the guards come
   * before any is started; of those that were named each is refused for itself.
   */
  @Post()
  @HttpCode(202)
  async start(
    @Body({ schema: StartRuns }) body: z.output<typeof StartRuns>,
    @Req() request: Called & Traced,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<z.output<typeof BulkStarted>> {
    const { name: by } = callerOf(request);
    const about = { baseUrl: this.baseUrl, traceId: request.id };
    const trigger = { kind: 'api', reason: body.reason, by } as const;
    const started: z.output<typeof BulkStarted> = { runs: [], refused: [] };
    const { selector, rotations } = body;
    const names = rotations ? [...new Set(rotations)] : await this.#matching(selector ?? '', body, request);
    // Each has a key of its own, so that the whole, sent again, gets the same runs.
    const whole = key === undefined ? undefined : requestOf(`${bare(key)}/`, body);
    // Before any is started: its key may have come with another body before.
    await this.rotations.startedBy(whole);
    for (const name of names) {
      try {
        if (rotations) await this.#assertMay(name, body.mode, request);
        const sent = whole && { ...requestOf(`${whole.key}${name}`, [name, body]), whole };
        const { id, rotation } = await this.rotations.start(name, body.mode, trigger, {
          ...(sent && { request: sent }),
        });
        started.runs.push({ id, rotation });
      } catch (error) {
        started.refused.push({ rotation: name, problem: problemOf(asRotorError(error), about) });
      }
    }
    return started;
  }

  async #matching(
    selector: string,
    { max, mode }: Pick<Asked, 'max' | 'mode'>,
    request: Called,
  ): Promise<readonly string[]> {
    const wanted = parseLabels(selector);
    const names = this.rotations.namesWhere((labels) => hasLabels(labels, wanted));
    if (names.length === 0) throw new RotorError('not_found', `no rotation has the labels ${selector}`);
    if (names.length > max) {
      throw new RotorError(
        'too_many',
        `${names.length} rotations have the labels ${selector}, and max is ${max}`,
        {
          effect: 'not_applied',
          hint: 'Give more labels, or raise max: nothing was started.',
        },
      );
    }
    for (const name of names) await this.#assertMay(name, mode, request);
    return names;
  }

  /** Who may not rotate everything does not learn either which names there are. */
  async #assertMay(name: string, mode: Asked['mode'], request: Called): Promise<void> {
    const caller = callerOf(request);
    if (!caller.mayEverywhere('rotate')) await this.gatekeeper.assertMay(caller, 'rotate', 'startRuns', name);
    if (mode === 'emergency') await this.gatekeeper.assertEmergency(caller, 'startRuns', name);
  }
}

/** In the draft's form the key is a quoted string. */
function bare(key: string): string {
  return key.replace(/^"(.*)"$/, '$1');
}
