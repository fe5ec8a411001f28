import { z } from 'zod';
import { DEPLOYMENT_STATES } from '../deployments/states.js';
import { moment, MOST_CURSOR, selector } from './requests.js';

/** What looks of the service at the world take. */

export const PlanRun = z
  .strictObject({
    mode: z
      .enum(['rotate', 'emergency'])
      .default('rotate')
      .describe('Of the run that is thought of, as in StartRun: no pause refuses an emergency.'),
  })
  .meta({ id: 'PlanRun' });

export const AskDeployments = z.strictObject({
  state: z.enum(DEPLOYMENT_STATES).optional().describe('Only those that are so.'),
  selector: selector.optional().describe('Only those that rotations with these labels select.'),
});

export const VerifyAudit = z
  .strictObject({
    period: z
      .strictObject({ from: moment, to: moment.describe('Just before this moment.') })
      .refine(({ from, to }) => from < to, { path: ['from'], error: 'a moment before `to`' })
      .exactOptional()
      .describe(
        'Only runs and acts of it, and whether the chain holds at its ends. Without it: all there is.',
      ),
  })
  .meta({ id: 'VerifyAudit' });

export const AskTargets = z.strictObject({
  selector: selector.optional().describe('Only of rotations with these labels.'),
});

export const AskDoctor = z.strictObject({
  rotation: z.string().optional().describe('Only this rotation.'),
  selector: selector.optional().describe('Only rotations with these labels.'),
  cursor: z.string().max(MOST_CURSOR).optional().describe('Where the page before ended; see its `Link`.'),
});
