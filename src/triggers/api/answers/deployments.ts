import { z } from 'zod';
import { MISSES } from '../../deployments/matching.js';
import { DEPLOYMENT_STATES } from '../../deployments/states.js';
import { time } from './shared.js';

/** Of what the clouds have. */

const apm = z.strictObject({
  refId: z.string(),
  kind: z.enum(['apm', 'integrations_server']),
  mode: z
    .enum(['standalone', 'managed'])
    .describe('standalone: the cloud resets its token; managed: its token is set in Kibana Fleet.'),
  status: z.string().nullable().describe('In the words of the cloud, such as `started`.'),
});

const DeploymentView = z
  .strictObject({
    cloud: z.string().describe('Host of its API.'),
    id: z.string(),
    name: z.string(),
    state: z
      .enum(DEPLOYMENT_STATES)
      .describe(
        'matched: a rotation selects it; unmanaged: it has an APM Server, and no rotation does; no_apm: it has none; ' +
          'unreadable: the cloud tells of it in a form that Rotor does not know.',
      ),
    rotations: z.array(z.string()).describe('That select it, of those that the caller may see.'),
    apm: z.array(apm),
    tags: z.array(z.strictObject({ key: z.string(), value: z.string() })),
    problem: z.string().nullable().describe('Why it cannot be read.'),
  })
  .meta({ id: 'Deployment' });

export const DeploymentList = z
  .strictObject({
    lookedAt: time.describe('Within ten seconds the same look is told again.'),
    narrowed: z
      .boolean()
      .describe(
        'The grants of the caller have labels: only deployments that one of its rotations selects are told.',
      ),
    clouds: z
      .array(
        z.strictObject({
          host: z.string(),
          state: z
            .enum(['answered', 'in_part', 'unanswered'])
            .describe('in_part: it has failed in the middle, and there may be more than is told.'),
          problem: z
            .strictObject({ code: z.string(), detail: z.string(), hint: z.string().nullable() })
            .nullable(),
        }),
      )
      .describe('Each of the config, also where it does not answer.'),
    deployments: z.array(DeploymentView).describe('By name.'),
    unmatched: z
      .array(
        z.strictObject({
          rotation: z.string(),
          why: z
            .enum(MISSES)
            .describe(
              'nothing: no deployment is as it selects; ambiguous: several are; no_apm: the one has no such APM Server; ' +
                'elsewhere: its Kibana is named by address; unknown: the cloud did not tell of all.',
            ),
          detail: z.string(),
        }),
      )
      .describe('Rotations that lead to no APM Server, or to several.'),
  })
  .meta({ id: 'DeploymentList' });
