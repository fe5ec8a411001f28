import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import type { z } from 'zod';
import type { Journal } from '../journal/journal.js';
import type { Run } from '../rotation/run.js';
import { JOURNAL } from '../tokens.js';
import { callerOf, type Called } from './access/guard.js';
import type { TargetList } from './api/answers/index.js';
import { AskTargets } from './api/look-requests.js';
import { among } from './among.js';
import { Rotations, type DeclaredRotation } from './rotations.js';

type View = z.output<typeof TargetList>['targets'][number];

@Controller('v1/targets')
export class TargetsController {
  constructor(
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(JOURNAL) private readonly journal: Journal,
  ) {}

  /** By the journal: no target is asked. */
  @Get()
  async list(
    @Query({ schema: AskTargets }) { selector }: z.output<typeof AskTargets>,
    @Req() request: Called,
  ): Promise<z.output<typeof TargetList>> {
    const { rotations: names = this.rotations.namesWhere(() => true) } = among(
      this.rotations,
      callerOf(request),
      selector,
    );
    // Another config may be in force by the time that the journal has answered.
    const declared = names.flatMap((rotation) =>
      this.rotations.targetsOf(rotation).map((target) => ({ rotation, target })),
    );
    const known = await this.journal.known(names);
    return {
      targets: declared.map(({ rotation, target }) => viewOf(rotation, target, known.get(rotation)?.settled)),
    };
  }
}

function viewOf(rotation: string, declared: DeclaredRotation['targets'][number], run: Run | undefined): View {
  const { name, type, wave } = declared;
  const delivery = run?.deliveries.find(({ target }) => target === name);
  const { state = null, fingerprint = null, seen = null, detail, problem } = delivery ?? {};
  return {
    name,
    type,
    wave,
    rotation,
    state,
    fingerprint,
    seen,
    detail: problem?.detail ?? detail ?? null,
    run: delivery && run ? run.id : null,
  };
}
