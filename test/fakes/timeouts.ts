/** For `jest.useFakeTimers`: a timeout passes when a test says so, everything else goes on. */
export const ALL_BUT_TIMEOUTS = [
  'setImmediate',
  'nextTick',
  'queueMicrotask',
  'Date',
  'performance',
  'hrtime',
] as const;
