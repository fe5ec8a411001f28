import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import { RotorError } from '../rotation/errors.js';
import { ApiToken } from './api-token.js';

type WithHeaders = { readonly headers: Readonly<Record<string, string | string[] | undefined>> };

@Injectable()
export class ApiTokenGuard implements CanActivate {
  constructor(@Inject(ApiToken) private readonly token: ApiToken) {}

  canActivate(context: ExecutionContext): boolean {
    const { authorization } = context.switchToHttp().getRequest<WithHeaders>().headers;
    const presented =
      typeof authorization === 'string' ? /^Bearer (\S+)$/.exec(authorization)?.[1] : undefined;
    if (presented !== undefined && this.token.accepts(presented)) return true;
    const said = presented === undefined ? 'the request carries no API token' : 'the API token is not known';
    throw new RotorError('unauthenticated', said, {
      hint: 'Send `Authorization: Bearer …` with the token that Rotor wrote to the file api-token in its state directory.',
    });
  }
}
