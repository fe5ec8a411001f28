import { Controller, Get, Header, Inject, Query, Req } from '@nestjs/common';
import type { z } from 'zod';
import type { Clock } from '../rotation/clock.js';
import { Watch } from '../rotation/watch.js';
import { CLOCK } from '../tokens.js';
import { callerOf, type Called } from './access/guard.js';
import { AskBadge, AskCalendar } from './api/link-requests.js';
import { badgeOf, svgOf } from './links/badge.js';
import { calendarOf } from './links/calendar.js';
import { unknownRotation } from './refusals.js';
import { Rotations } from './rotations.js';

/** Asked for again each time, and answered by 304 while it says the same. */
const FRESH = 'no-cache';

/** What a wiki or a calendar asks for, which can send no header: see `isLink` of an operation. */
@Controller('v1')
export class LinksController {
  constructor(
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(Watch) private readonly watch: Watch,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('status/badge.svg')
  @Header('content-type', 'image/svg+xml; charset=utf-8')
  @Header('cache-control', FRESH)
  // Other sites show it: that is what it is for.
  @Header('cross-origin-resource-policy', 'cross-origin')
  async badge(
    @Query({ schema: AskBadge }) { rotation }: z.output<typeof AskBadge>,
    @Req() request: Called,
  ): Promise<string> {
    const names = this.#visible('badge', request).filter(
      (name) => rotation === undefined || name === rotation,
    );
    if (rotation !== undefined && names.length === 0)
      throw unknownRotation(
        rotation,
        this.#visible('badge', request).map((name) => ({ name })),
      );
    const views = await this.rotations.list((name) => this.watch.driftOf(name), names);
    return svgOf(badgeOf(rotation ?? 'rotor', views, this.clock.now()));
  }

  @Get('calendar.ics')
  @Header('content-type', 'text/calendar; charset=utf-8')
  @Header('content-disposition', 'inline; filename="rotations.ics"')
  @Header('cache-control', `private, ${FRESH}`)
  async calendar(
    @Query({ schema: AskCalendar }) _query: z.output<typeof AskCalendar>,
    @Req() request: Called,
  ): Promise<string> {
    return calendarOf(await this.rotations.planned(this.#visible('calendar', request)));
  }

  #visible(scope: 'badge' | 'calendar', request: Called): string[] {
    const caller = callerOf(request);
    return this.rotations.namesWhere((labels) => caller.may(scope, labels));
  }
}
