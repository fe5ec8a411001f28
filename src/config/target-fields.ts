import { duration, text, wholeNumber } from './fields.js';

/** Of any kind of target. */
export function targetName(fallback: string) {
  return text(`Name of the target, unique in its rotation. Default: ${fallback}.`, {
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    expected: 'up to 63 letters, digits, dots, hyphens and underscores, the first one a letter or digit',
  });
}

/** How deliveries to one target go, in rotor.yaml; of any kind of target. */
export const deliveryFields = {
  wave: text('The wave in which its turn comes, by a name that strategy.waves has.', {
    pattern: /^[a-z][a-z0-9-]{0,62}$/,
    expected: 'up to 63 small letters, digits and hyphens, the first one a letter',
  }).exactOptional(),
  timeout: duration('How long one try of a delivery may take.', {
    fallback: '15m',
    min: '100ms',
    max: '1d',
  }).exactOptional(),
  deadline: duration(
    'From its turn on: no try begins later, and by then its instances run with the token or it has failed.',
    { fallback: '2h', min: '1s', max: '7d' },
  ).exactOptional(),
  retries: wholeNumber("Tries after the first. Default: those of the rotation's retries.", {
    min: 0,
    max: 100,
    fallback: 5,
  }).exactOptional(),
};

type DeliveryInput = {
  readonly wave?: string | undefined;
  readonly timeout?: number | undefined;
  readonly deadline?: number | undefined;
  readonly retries?: number | undefined;
};

/** Of a target as it is frozen with a run; what is absent is up to the rotation, or to Rotor. */
export type DeliveryTerms = {
  readonly wave?: string;
  readonly timeoutMs?: number;
  readonly deadlineMs?: number;
  readonly retriesMax?: number;
};

export function deliveryTerms({ wave, timeout, deadline, retries }: DeliveryInput): DeliveryTerms {
  return {
    ...(wave !== undefined && { wave }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(deadline !== undefined && { deadlineMs: deadline }),
    ...(retries !== undefined && { retriesMax: retries }),
  };
}
