import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import type { z } from 'zod';
import type { Journal } from '../journal/journal.js';
import type { TokenPast } from '../rotation/meaning.js';
import { holdsLock, stallOf, type Run } from '../rotation/run.js';
import { fingerprintIn, type Fingerprint } from '../rotation/secret.js';
import { JOURNAL } from '../tokens.js';
import { callerOf, type Called } from './access/guard.js';
import type { TokenMatches } from './api/answers/index.js';
import { Where } from './api/requests.js';
import { whenGone, type Leavable } from './gone.js';
import { Planner } from './planner.js';
import { Rotations } from './rotations.js';
import { matchesOf, whereView, type WhereView } from './where-view.js';

const MOST_RUNS = 100;

/** Which runs have had a token, and where it is now. Only its fingerprint is ever asked for. */
@Controller('v1')
export class WhereController {
  constructor(
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(Planner) private readonly planner: Planner,
  ) {}

  @Get('fingerprints/:fingerprint')
  async find(
    @Param('fingerprint') text: string,
    @Req() request: Called,
  ): Promise<z.output<typeof TokenMatches>> {
    const fingerprint = fingerprintIn(text);
    const caller = callerOf(request);
    // A rotation that has left the config has no labels: its runs are for those who may see everything.
    const among = caller.mayEverywhere('read')
      ? undefined
      : this.rotations.namesWhere((labels) => caller.may('read', labels));
    const runs = await this.journal.archive.withToken(fingerprint, MOST_RUNS, among);
    return { fingerprint, matches: matchesOf(runs) };
  }

  @Post('rotations/:name/where')
  @HttpCode(200)
  async look(
    @Param('name') name: string,
    @Body({ schema: Where }) body: z.output<typeof Where>,
    @Req() request: Leavable,
  ): Promise<WhereView> {
    const fingerprint = fingerprintIn(body.fingerprint);
    const runs = await this.journal.archive.withToken(fingerprint, MOST_RUNS, [name]);
    const versions = runs.map(({ version }) => version);
    const seen = await this.planner.where(name, { fingerprint, known: versions }, whenGone(request));
    const [newest] = await this.journal.list({ rotation: name, limit: 1 });
    const { fingerprint: current, replacedBefore } = await this.rotations.detail(name);
    const putBack = current === fingerprint && replacedBefore ? { putBack: replacedBefore } : {};
    return whereView(seen, runs, { ...(newest && standingOf(newest, fingerprint)), ...putBack });
  }
}

function standingOf({ id, state }: Run, fingerprint: Fingerprint): Omit<TokenPast, 'isKnown'> {
  if (holdsLock(state)) return stallOf(state) ? { stalled: id } : { underWay: id };
  const isDelivering = state.state === 'settled' && state.current.fingerprint === fingerprint;
  return isDelivering ? { deliveredBy: id } : {};
}
