/** What a controller asks for with `@Req()` to hear that nobody waits for the answer any more. */
export type Leavable = { readonly raw: { once(event: 'close', listener: () => void): unknown } };

/** Aborts when the client has gone. */
export function whenGone({ raw }: Leavable): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}
