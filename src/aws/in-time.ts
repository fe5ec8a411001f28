/** The SDK does not hear the signal while it looks for credentials, which may take for ever. */
export async function inTime<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = Promise.withResolvers<never>();
  const end = (): void => late.reject(signal.reason as Error);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    signal.removeEventListener('abort', end);
    answer.catch(() => undefined);
    late.promise.catch(() => undefined);
  }
}
