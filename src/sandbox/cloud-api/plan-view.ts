import type { SandboxDeployment } from '../deployment.js';
import type { PlanAttempt } from '../plans.js';

/** What a caller asked to see, by the swagger's query parameters. */
export type Show = {
  readonly plans: boolean;
  readonly logs: boolean;
  readonly history: boolean;
  /** `enrich_with_template`: repeats the system settings in each topology element. */
  readonly template: boolean;
};

// As elastic/cloud-sdk-go pkg/api/deploymentapi/testdata/apm_get.json shows it for a plan that is in force.
const NOT_ENDED = '0001-01-01T00:00:00.000Z';
const FAILURE =
  'Plan change failed: [ClusterFailure:InstanceDidNotStartInTime] instances did not start in time';

const ACTIONS = {
  create: 'deployments.create-deployment',
  api: 'deployments.deployment-apm-reset-secret-token',
  colleague: 'deployments.deployment-apm-reset-secret-token',
} as const;

/** The swagger's ApmPlansInfo and IntegrationsServerPlansInfo: one shape, two names of a key. */
export function planInfo(deployment: SandboxDeployment, show: Show): object {
  const { plans } = deployment;
  const view = (attempt: PlanAttempt): object => attemptView(deployment, attempt, show);
  const pending = show.plans ? plans.visiblePending(new Date()) : undefined;
  return {
    healthy: !plans.lastFailed,
    ...(show.plans ? { current: view(plans.current) } : {}),
    ...(pending === undefined ? {} : { pending: view(pending) }),
    history: show.plans && show.history ? plans.finished.map(view) : [],
  };
}

function attemptView(deployment: SandboxDeployment, attempt: PlanAttempt, show: Show): object {
  const { startedAt, endedAt, failed } = attempt;
  return {
    plan_attempt_id: attempt.id,
    healthy: !failed,
    attempt_start_time: startedAt.toISOString(),
    ...(endedAt === undefined ? {} : { attempt_end_time: endedAt.toISOString() }),
    plan_end_time: NOT_ENDED,
    plan: plan(deployment, attempt, show),
    plan_attempt_log: show.logs ? steps(attempt) : [],
    source: {
      action: ACTIONS[attempt.by],
      date: startedAt.toISOString(),
      facilitator: 'adminconsole',
      remote_addresses: ['127.0.0.1'],
    },
    warnings: [],
    ...(failed
      ? { error: { timestamp: (endedAt ?? startedAt).toISOString(), message: FAILURE, details: {} } }
      : {}),
  };
}

function plan(deployment: SandboxDeployment, { token }: PlanAttempt, show: Show): object {
  const { kind, mode, version, instances } = deployment;
  const settings = { system_settings: { secret_token: token } };
  const element = {
    instance_configuration_id: `aws.${kind.replace('_', '')}.c5d`,
    size: { resource: 'memory', value: 1024 },
    zone_count: instances.length,
    ...(show.template ? { [kind]: settings } : {}),
  };
  const configuration = { version, ...settings, ...(kind === 'integrations_server' ? { mode } : {}) };
  return { cluster_topology: [element], [kind]: configuration };
}

/**
 * A plan has failed if and only if its last step is `plan-completed` with status `error`
 * (elastic/cloud-sdk-go pkg/plan).
 */
function steps({ startedAt, endedAt, failed }: PlanAttempt): object[] {
  const start = startedAt.toISOString();
  const begun = [
    step('plan-validator', { at: start, status: 'success', stage: 'completed', message: 'Plan is valid' }),
    step('detect-plan-strategy', {
      at: start,
      status: 'success',
      stage: 'completed',
      message: 'Strategy: rolling',
    }),
  ];
  if (endedAt === undefined) {
    const message = 'Waiting for instances to start';
    return [
      ...begun,
      step('wait-until-running', { at: start, status: 'pending', stage: 'in_progress', message }),
    ];
  }
  const ended = { at: endedAt.toISOString(), stage: 'completed' } as const;
  return [
    ...begun,
    failed
      ? step('plan-completed', { ...ended, status: 'error', message: FAILURE })
      : step('plan-completed', { ...ended, status: 'success', message: 'Plan successfully applied' }),
  ];
}

type StepDetails = {
  readonly at: string;
  readonly status: 'success' | 'error' | 'pending';
  readonly stage: 'in_progress' | 'completed';
  readonly message: string;
};

function step(id: string, { at, status, stage, message }: StepDetails): object {
  return {
    step_id: id,
    started: at,
    ...(stage === 'completed' ? { completed: at, duration_in_millis: 0 } : {}),
    status,
    stage,
    info_log: [{ timestamp: at, stage, message, details: {} }],
  };
}
