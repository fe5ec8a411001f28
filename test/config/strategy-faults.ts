import type { Fault } from './faults.js';

export const STRATEGY_FAULTS: readonly Fault[] = [
  [
    'a wave that is neither a name nor a share',
    { rotation: 'strategy: { waves: [canary, 0%] }' },
    '8:33 rotations.0.strategy.waves.1: found "0%", expected a name that targets give as their wave, a share of all targets such as "25%", or rest.',
  ],
  [
    'a share that brings nobody the token, since the one before it reaches as many',
    { rotation: 'strategy: { waves: [50%, 25%] }' },
    '8:30 rotations.0.strategy.waves.1: found 25%, expected more than 50%, which the waves before it reach: each share is counted from the start.',
  ],
  [
    'a target in a wave that there is not',
    {
      rotation: 'strategy: { waves: [canary] }',
      targets: '    targets: [{ type: file, path: /a, wave: canry }]',
    },
    '9:45 rotations.0.targets.0.wave: found "canry", expected one that strategy.waves has: canary. Did you mean canary?',
  ],
  [
    'a target in a wave where there are none',
    { targets: '    targets: [{ type: file, path: /a, wave: canary }]' },
    '8:45 rotations.0.targets.0.wave: found "canary", expected no wave, as strategy.waves names none.',
  ],
];
