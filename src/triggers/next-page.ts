type Reply = { header(name: string, value: string): unknown };

/**
 * Says in `Link` (RFC 8288) where the next page is, and returns it: the same question, from there on; without a host,
 * since a proxy may stand in front.
 */
export function linkNext(reply: Reply, url: string, place: Readonly<Record<string, string>>): string {
  const { pathname, searchParams } = new URL(url, 'http://host');
  for (const [name, value] of Object.entries(place)) searchParams.set(name, value);
  const next = `${pathname}?${searchParams.toString()}`;
  reply.header('link', `<${next}>; rel="next"`);
  return next;
}
