/** Leaves work alone that does not hear the signal, such as the SDK while it looks for credentials; throws the signal's reason. */
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
