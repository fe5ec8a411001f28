import { Body, Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import type { z } from 'zod';
import type { Verification } from './api/answers/index.js';
import { PlanRun } from './api/look-requests.js';
import { whenGone, type Leavable } from './gone.js';
import type { SeenTarget } from '../rotation/verification.js';
import { Planner, type Plan } from './planner.js';

type Seen = z.output<typeof Verification>['targets'][number];

function seenTarget(target: SeenTarget): Seen {
  if (target.state === 'needs_release') {
    const { isSeen: _forAWord, ...shown } = target;
    return shown;
  }
  if (target.state !== 'pending' && target.state !== 'failed') return target;
  const { name, state, seen, of, detail = null } = target;
  return { name, state, seen, of, detail };
}

/** Looks at the world on demand, and changes nothing. */
@Controller('v1/rotations')
export class LookingController {
  constructor(@Inject(Planner) private readonly planner: Planner) {}

  @Post(':name/plan')
  @HttpCode(200)
  async plan(
    @Param('name') name: string,
    @Body({ schema: PlanRun.prefault({}) }) { mode }: z.output<typeof PlanRun>,
    @Req() request: Leavable,
  ): Promise<Plan> {
    return this.planner.plan(name, mode, whenGone(request));
  }

  @Post(':name/verify')
  @HttpCode(200)
  async verify(
    @Param('name') name: string,
    @Req() request: Leavable,
  ): Promise<z.output<typeof Verification>> {
    const { connections, targets, ...seen } = await this.planner.verify(name, whenGone(request));
    return { ...seen, connections: connections && { ...connections }, targets: targets.map(seenTarget) };
  }
}
