/** Of a call that nobody stops. */
export const never = (): AbortSignal => new AbortController().signal;
