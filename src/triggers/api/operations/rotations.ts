import { rotationEvent, stepTaken } from '../../aws-rotation.js';
import {
  Plan,
  RotationDetail,
  RotationList,
  Started,
  TokenMatches,
  Verification,
  Whereabouts,
} from '../answers/index.js';
import {
  ListRotations,
  PauseRotation,
  Redeliver,
  ResumeRotation,
  StartRun,
  TakeStep,
  Where,
} from '../requests.js';
import type { Operation } from './operation.js';

/** What is asked of one rotation, or of all. */
export const rotations = {
  listRotations: {
    method: 'GET',
    path: '/v1/rotations',
    scope: 'read',
    isNarrowed: true,
    summary:
      'The rotations of the config, and how each stands, with `Link: <…>; rel="next"` (RFC 8288) where there are more.',
    query: ListRotations,
    answer: RotationList,
  },
  getRotation: {
    method: 'GET',
    path: '/v1/rotations/{name}',
    scope: 'read',
    summary: 'One rotation, with its schedule, its targets and its next five starts.',
    answer: RotationDetail,
  },
  planRun: {
    method: 'POST',
    path: '/v1/rotations/{name}/plan',
    scope: 'read',
    summary: 'What a run would do now: steps, issuer, targets, what it may cost, and what stands in the way.',
    answer: Plan,
  },
  verify: {
    method: 'POST',
    path: '/v1/rotations/{name}/verify',
    scope: 'read',
    summary: 'Looks whether issuer, APM Server, store and targets agree, and changes nothing.',
    answer: Verification,
  },
  findToken: {
    method: 'GET',
    path: '/v1/fingerprints/{fingerprint}',
    scope: 'read',
    isNarrowed: true,
    summary: 'The runs that have had this token at hand, by the journal; its first 8 hex digits, or more.',
    answer: TokenMatches,
  },
  locateToken: {
    method: 'POST',
    path: '/v1/rotations/{name}/where',
    scope: 'read',
    summary: 'Looks where this token is now: issuer, store, APM Server and targets; changes nothing.',
    body: Where,
    answer: Whereabouts,
  },
  startRun: {
    method: 'POST',
    path: '/v1/rotations/{name}/runs',
    scope: 'rotate',
    summary: 'Starts a run.',
    headers: {
      'idempotency-key':
        'The same request, sent again with the same key within a day, gets the run that it has started ' +
        '(draft-ietf-httpapi-idempotency-key-header).',
    },
    body: StartRun,
    status: 202,
    answer: Started,
  },
  redeliver: {
    method: 'POST',
    path: '/v1/rotations/{name}/redeliver',
    scope: 'rotate',
    summary: 'Brings the token in force to every target again, or to some, by a run of its own (mode adopt).',
    body: Redeliver,
    status: 202,
    answer: Started,
  },
  takeAwsStep: {
    method: 'POST',
    path: '/v1/aws-rotation',
    scope: 'rotate',
    isNarrowed: true,
    summary: 'One of the four calls of a rotation that AWS Secrets Manager drives (`drivenBy: aws`).',
    query: TakeStep,
    body: rotationEvent,
    answer: stepTaken,
  },
  pauseRotation: {
    method: 'POST',
    path: '/v1/rotations/{name}/pause',
    scope: 'pause',
    summary: 'Starts no run before the end of the pause; one that is under way goes on.',
    body: PauseRotation,
    answer: RotationDetail,
  },
  resumeRotation: {
    method: 'POST',
    path: '/v1/rotations/{name}/resume',
    scope: 'pause',
    summary: 'Ends a pause.',
    body: ResumeRotation,
    answer: RotationDetail,
  },
} as const satisfies Record<string, Operation>;
