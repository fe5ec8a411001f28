/** What an `Authorization` header presents; undefined where that is no bearer token (RFC 6750, RFC 9110: any case). */
export function bearerIn(authorization: string | undefined): string | undefined {
  return /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
}
