import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { z } from 'zod';
import { callerOf, type Called } from './access/guard.js';
import type { Examination } from './api/answers/index.js';
import { AskDoctor } from './api/look-requests.js';
import { among } from './among.js';
import { Doctor } from './doctor/doctor.js';
import { whenGone, type Leavable } from './gone.js';
import { linkNext } from './next-page.js';
import { placeOf } from './rotation-list.js';
import { Rotations } from './rotations.js';

type Reply = { header(name: string, value: string): unknown };

@Controller('v1/doctor')
export class DoctorController {
  constructor(
    @Inject(Doctor) private readonly doctor: Doctor,
    @Inject(Rotations) private readonly rotations: Rotations,
  ) {}

  /** Answers once it has looked: with several replicas nobody else would know of a look that goes on. */
  @Get()
  async examine(
    @Query({ schema: AskDoctor }) { rotation, selector, cursor }: z.output<typeof AskDoctor>,
    @Req() request: Called & Leavable & { readonly url: string },
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<z.output<typeof Examination>> {
    // Throws where there is none of this name.
    if (rotation !== undefined) this.rotations.targetsOf(rotation);
    const declared = this.rotations.namesWhere(() => true);
    // The scope `admin` is for all rotations here, so that the selector alone leaves any out.
    const { rotations: wanted = declared } = among(this.rotations, callerOf(request), selector);
    const left = new Set(cursor === undefined ? declared : declared.slice(placeOf(cursor, declared)));
    const names = wanted.filter((name) => left.has(name) && (rotation === undefined || name === rotation));
    const { checks, next } = await this.doctor.page(names, whenGone(request));
    const all = [...(cursor === undefined ? this.doctor.setUp(names) : []), ...checks];
    return {
      ok: all.every(({ state }) => state !== 'fail'),
      checks: all.map((check) => ({ ...check })),
      next:
        next === undefined
          ? null
          : linkNext(reply, request.url, { cursor: Buffer.from(next).toString('base64url') }),
    };
  }
}
