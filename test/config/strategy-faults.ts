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
  [
    'a wave that nobody is in, in which one target trusts in vain',
    {
      rotation: 'strategy: { waves: [canary, rest] }',
      targets: '    targets: [{ type: file, path: /a }]',
    },
    '8:25 rotations.0.strategy.waves.0: found "canary", a wave that nobody is in, expected a target with `wave: canary`, or no such wave.',
  ],
  [
    'a wave of defaults that nobody of any rotation is in',
    {
      head: 'defaults: { strategy: { waves: [canary, rest] } }',
      targets: '    targets: [{ type: file, path: /a }]',
    },
    '3:33 defaults.strategy.waves.0: found "canary", a wave that nobody is in, expected a target with `wave: canary`, or no such wave.',
  ],
  [
    'the rest before a name, which may be meant',
    {
      rotation: 'strategy: { waves: [rest, canary] }',
      targets: '    targets: [{ type: file, path: /a, wave: canary }]',
    },
    '8:25 rotations.0.strategy.waves.0: found rest before other waves, expected rest as the last one, as it is everybody who is left. Where canary shall come last, write "100%" in place of rest: these are all that name no wave.',
  ],
  [
    'the rest before a share, which is nobody',
    { head: 'defaults: { strategy: { waves: [10%, rest, 25%] } }' },
    '3:38 defaults.strategy.waves.1: found rest before other waves, expected rest as the last one, as it is everybody who is left.',
  ],
  [
    'a try that may take longer than all of them',
    { targets: '    targets: [{ type: file, path: /a, timeout: 10m, deadline: 5m }]' },
    '8:48 rotations.0.targets.0.timeout: found 10m, expected at most 5m, which is its deadline: it ends all tries and all waiting. Make the deadline longer, or this shorter.',
  ],
  [
    'a wait for instances that the deadline of the delivery, which is not written, would end',
    { targets: '    targets: [{ type: file, path: /a, ready: { timeout: 3h } }]' },
    '8:57 rotations.0.targets.0.ready.timeout: found 3h, expected at most 2h, which is the deadline of the delivery by default: it ends all tries and all waiting. Make the deadline longer, or this shorter.',
  ],
];
