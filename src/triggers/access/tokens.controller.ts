import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import type { z } from 'zod';
import { ApiTokens, type KeptToken } from '../../journal/api-tokens.js';
import type { Clock } from '../../rotation/clock.js';
import { CLOCK } from '../../tokens.js';
import type { ApiTokenList, ApiTokenView, CreatedToken } from '../api/answers/index.js';
import { CreateToken } from '../api/requests.js';
import { formatGrant, parseGrant } from './grant.js';
import { callerOf, type Called } from './guard.js';
import { makeToken } from './token-form.js';

const DAY_MS = 24 * 60 * 60_000;

/** The tokens of this API; a token itself is shown once, to whoever makes it. */
@Controller('v1/tokens')
export class TokensController {
  constructor(
    @Inject(ApiTokens) private readonly tokens: ApiTokens,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  async list(): Promise<z.output<typeof ApiTokenList>> {
    const tokens = await this.tokens.list();
    return { tokens: tokens.map((token) => viewOf(token, this.clock.now())) };
  }

  @Post()
  @HttpCode(201)
  async create(
    @Body({ schema: CreateToken }) { name, grants, expiresInDays }: z.output<typeof CreateToken>,
    @Req() request: Called,
  ): Promise<z.output<typeof CreatedToken>> {
    const { id, hash, token } = makeToken();
    const kept = await this.tokens.add({
      id,
      name,
      hash,
      grants: grants.map((grant) => formatGrant(parseGrant(grant))),
      createdBy: callerOf(request).name,
      expiresAt: this.clock.now() + expiresInDays * DAY_MS,
    });
    return { ...viewOf(kept, this.clock.now()), token: token.reveal() };
  }

  @Delete(':token')
  async revoke(@Param('token') id: string, @Req() request: Called): Promise<z.output<typeof ApiTokenView>> {
    return viewOf(await this.tokens.revoke(id, callerOf(request).name), this.clock.now());
  }
}

function viewOf(kept: KeptToken, now: number): z.output<typeof ApiTokenView> {
  const { id, name, grants, createdBy, createdAt, expiresAt, lastUsedAt, revokedAt } = kept;
  const time = (at: number | undefined): string | null =>
    at === undefined ? null : new Date(at).toISOString();
  return {
    id,
    name,
    grants: [...grants],
    state: revokedAt !== undefined ? 'revoked' : now >= expiresAt ? 'expired' : 'active',
    createdBy,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    lastUsedAt: time(lastUsedAt),
    revokedAt: time(revokedAt),
  };
}
