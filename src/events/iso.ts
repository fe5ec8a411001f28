import type { Millis } from '../rotation/run.js';

export const iso = (at: Millis): string => new Date(at).toISOString();
