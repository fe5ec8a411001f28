import type { configWith } from './refused.js';

const REFERENCE =
  'expected a reference: "${env:NAME}" or "${file:/absolute/path}". Rotor takes no secret from its config file';
const DURATION =
  'expected a duration: a whole number above 0 and d, h, m, s or ms, such as "30d", "10m" or "1500ms".';

/** What is written, and the one line that people see. */
export type Fault = [string, Parameters<typeof configWith>[0], string];

export const FAULTS: readonly Fault[] = [
  [
    'an issuer that does not exist yet',
    { rotation: 'issuer: eck' },
    '8:13 rotations.0.issuer: found "eck", expected one of: auto, elastic-cloud, fleet. issuer eck does not exist in this version of Rotor; it knows: auto, elastic-cloud, fleet.',
  ],
  [
    'an issuer that does not exist yet, in the long form',
    { rotation: 'issuer: { type: self-managed }' },
    '8:21 rotations.0.issuer.type: found "self-managed", expected one of: auto, elastic-cloud, fleet. issuer self-managed does not exist in this version of Rotor; it knows: auto, elastic-cloud, fleet.',
  ],
  [
    'an issuer with a slip of the pen',
    { rotation: 'issuer: elastic-clud' },
    '8:13 rotations.0.issuer: found "elastic-clud", expected one of: auto, elastic-cloud, fleet. Did you mean elastic-cloud?',
  ],
  [
    'an unknown key of the long form of an issuer',
    { rotation: 'issuer: { type: elastic-cloud, mode: x }' },
    '8:36 rotations.0.issuer.mode: found an unknown key, expected one of: type.',
  ],
  [
    'a target that does not exist yet',
    { targets: '    targets:\n      - { type: gateway, namespace: shop }' },
    '9:17 rotations.0.targets.0.type: found "gateway", expected one of: ecs, file, kubernetes, lambda, ssm-run-command, webhook. target gateway does not exist in this version of Rotor; it knows: ecs, file, kubernetes, lambda, ssm-run-command, webhook.',
  ],
  [
    'a target with a slip of the pen',
    { targets: '    targets: [{ type: fiel, path: /a }]' },
    '8:23 rotations.0.targets.0.type: found "fiel", expected one of: ecs, file, kubernetes, lambda, ssm-run-command, webhook. Did you mean file?',
  ],
  [
    'a target without a type',
    { targets: '    targets: [{ path: /a }]' },
    '8:15 rotations.0.targets.0.type: found nothing, expected one of: ecs, file, kubernetes, lambda, ssm-run-command, webhook.',
  ],
  [
    'a quiet period that would prove nothing',
    { rotation: 'verify: { quietPeriod: 1ms }' },
    '8:28 rotations.0.verify.quietPeriod: found "1ms", expected a duration from 1s to 1d.',
  ],
  [
    'a wait that no timer can hold',
    { rotation: 'verify: { acceptDeadline: 25d }' },
    '8:31 rotations.0.verify.acceptDeadline: found "25d", expected a duration from 1s to 24d.',
  ],
  [
    'an age of minutes',
    { rotation: 'maxAge: 5m' },
    '8:13 rotations.0.maxAge: found "5m", expected a duration from 1h to 3650d.',
  ],
  [
    'a first pause that is longer than the longest',
    { rotation: 'retries: { base: 5m }' },
    '8:22 rotations.0.retries.base: found 5m, expected at most cap, which is 2m.',
  ],
  [
    'a longest pause that is shorter than the first',
    { head: 'defaults: { retries: { cap: 1s } }' },
    '3:29 defaults.retries.cap: found 1s, expected at least base, which is 2s.',
  ],
  [
    'a reload without a program',
    { targets: '    targets: [{ type: file, path: /a, reload: ["", x] }]' },
    '8:47 rotations.0.targets.0.reload: found a list, expected a list of a program and its arguments, such as ["systemctl", "reload", "agent"]. No shell is used, so one text would not be split into words.',
  ],
  [
    'a path that is a folder',
    { targets: '    targets: [{ type: file, path: /a/.. }]' },
    '8:35 rotations.0.targets.0.path: found "/a/..", expected an absolute path of a file.',
  ],
  ['a duration without a unit', { rotation: 'maxAge: 30' }, `8:13 rotations.0.maxAge: found 30, ${DURATION}`],
  [
    'a bad duration',
    { rotation: 'maxAge: 30 days' },
    `8:13 rotations.0.maxAge: found "30 days", ${DURATION}`,
  ],
  [
    'a bad cron',
    { rotation: 'schedule: { cron: "61 3 * * *" }' },
    '8:23 rotations.0.schedule.cron: found "61 3 * * *", expected a cron expression of five fields, such as "0 3 * * TUE-THU". As it stands, Invalid value for minute: 61.',
  ],
  [
    'a cron with seconds',
    { rotation: 'schedule: { cron: "* * * * * *" }' },
    '8:23 rotations.0.schedule.cron: found "* * * * * *", expected a cron expression of five fields, such as "0 3 * * TUE-THU". As it stands, it needs five fields: minute, hour, day of month, month, day of week.',
  ],
  [
    'a plain http endpoint',
    { cloud: "cloud: { apiKey: '${env:EC_API_KEY}', endpoint: http://api.example.com }" },
    '2:49 cloud.endpoint: found "http://api.example.com", expected an https URL without user, password, query or fragment. Over plain http the API key and the tokens would go in clear.',
  ],
  [
    'a plain http APM Server',
    { rotation: 'apmServer: { url: http://apm.example.com }' },
    '8:23 rotations.0.apmServer.url: found "http://apm.example.com", expected an https URL without user, password, query or fragment. Over plain http the API key and the tokens would go in clear.',
  ],
  [
    'credentials in a URL, which are not repeated',
    { cloud: "cloud: { apiKey: '${env:EC_API_KEY}', endpoint: 'https://me:it@api.example.com/?k=v' }" },
    '2:49 cloud.endpoint: found "https://[hidden]@api.example.com/?[hidden]", expected an https URL without user, password, query or fragment. Over plain http the API key and the tokens would go in clear.',
  ],
  [
    'an inline secret',
    { cloud: 'cloud: { apiKey: twelve-chars }' },
    `2:18 cloud.apiKey: found a value written in the file (12 characters), ${REFERENCE}: put the value in an environment variable or a file and refer to it.`,
  ],
  [
    'an inline secret of digits',
    { cloud: 'cloud: { apiKey: 12345678 }' },
    `2:18 cloud.apiKey: found a value written in the file (8 characters), ${REFERENCE}: put the value in an environment variable or a file and refer to it.`,
  ],
  [
    'a kind of reference that does not exist yet',
    { cloud: "cloud: { apiKey: '${aws-sm:prod#key}' }" },
    `2:18 cloud.apiKey: found a \${aws-sm:...} reference, a kind that this version of Rotor does not know, ${REFERENCE}: put the value in an environment variable or a file and refer to it.`,
  ],
  [
    'a reference that is broken',
    { cloud: "cloud: { apiKey: '${file:relative}' }" },
    `2:18 cloud.apiKey: found a \${file:...} reference that cannot be read, ${REFERENCE}: put the value in an environment variable or a file and refer to it.`,
  ],
  [
    'a secret that is missing',
    { cloud: 'cloud: {}' },
    `2:8 cloud.apiKey: found nothing, ${REFERENCE}: put the value in an environment variable or a file and refer to it.`,
  ],
  [
    'an unknown key, close to a known one',
    { rotation: 'labls: {}' },
    '8:5 rotations.0.labls: found an unknown key, expected one of: name, description, labels, select, issuer, kibana, maxAge, renewBefore, schedule, verify, watch, retries, strategy, approval, notify, store, targets, apmServer. Did you mean labels?',
  ],
  [
    'an unknown key, close to none',
    { rotation: 'strategy: { canary: 1 }' },
    '8:17 rotations.0.strategy.canary: found an unknown key, expected one of: maxConcurrentTargets, waves, soak, onTargetFailure.',
  ],
  [
    'an approval that nobody would have time for',
    { rotation: 'approval: { required: true, expires: 1m }' },
    '8:42 rotations.0.approval.expires: found "1m", expected a duration from 5m to 7d.',
  ],
  [
    'an approval that may be needed',
    { rotation: 'approval: { required: maybe }' },
    '8:27 rotations.0.approval.required: found a text (5 characters), expected true or false.',
  ],
  [
    'a number where a text belongs',
    { rotation: 'labels:\n  team: 7' },
    '9:13 rotations.0.labels.team: found 7, expected a text that is not empty. Put it in quotes.',
  ],
  [
    'a mode that YAML reads as a number',
    { targets: '    targets: [{ type: file, path: /a, mode: 0640 }]' },
    '8:45 rotations.0.targets.0.mode: found 640, expected four octal digits, such as "0640". Put it in quotes.',
  ],
  [
    'a command as one text',
    { targets: '    targets: [{ type: file, path: /a, reload: systemctl reload x }]' },
    '8:47 rotations.0.targets.0.reload: found a text (18 characters), expected a list of a program and its arguments, such as ["systemctl", "reload", "agent"]. No shell is used, so one text would not be split into words.',
  ],
  [
    'a command of nothing',
    { targets: '    targets: [{ type: file, path: /a, check: [] }]' },
    '8:46 rotations.0.targets.0.check: found an empty list, expected a list of a program and its arguments, such as ["systemctl", "reload", "agent"]. No shell is used, so one text would not be split into words.',
  ],
  [
    'a relative path',
    { targets: '    targets: [{ type: file, path: a/b }]' },
    '8:35 rotations.0.targets.0.path: found "a/b", expected an absolute path, such as "/etc/rotor/ca.pem".',
  ],
  [
    'an owner of another form',
    { targets: '    targets: [{ type: file, path: /a, owner: "a:b:c" }]' },
    '8:46 rotations.0.targets.0.owner: found "a:b:c", expected "user" or "user:group", names or numeric ids.',
  ],
  [
    'a number out of range',
    { rotation: 'verify: { probes: 51 }' },
    '8:23 rotations.0.verify.probes: found 51, expected a whole number from 3 to 50.',
  ],
  [
    'a number with a fraction',
    { head: 'defaults: { retries: { max: 1.5 } }' },
    '3:29 defaults.retries.max: found 1.5, expected a whole number from 0 to 100.',
  ],
  [
    'an address without a port',
    { head: 'server: { listen: 127.0.0.1 }' },
    '3:19 server.listen: found "127.0.0.1", expected an address and a port from 0 to 65535, such as "127.0.0.1:8080".',
  ],
  [
    'a port that is none',
    { head: 'server: { listen: "127.0.0.1:70000" }' },
    '3:19 server.listen: found "127.0.0.1:70000", expected an address and a port from 0 to 65535, such as "127.0.0.1:8080".',
  ],
  [
    'a scope that there is not',
    {
      head: 'server: { auth: { jwt: [{ issuer: a, audience: b, jwksUri: "https://c", allow: [{ claims: { d: e }, grants: [delete] }] }] } }',
    },
    '3:110 server.auth.jwt.0.allow.0.grants.0: found "delete", expected a scope (read, rotate, approve, pause, audit, metrics, badge, calendar or admin), with labels where it is not for all: "rotate[env=prod]".',
  ],
  [
    'an issuer that may let in everybody whom it signs for',
    {
      head: 'server: { auth: { jwt: [{ issuer: a, audience: b, jwksUri: "https://c", allow: [{ claims: {}, grants: [read] }] }] } }',
    },
    '3:91 server.auth.jwt.0.allow.0.claims: found a mapping, expected one claim at least, such as { repository: acme/deploy }: else everybody whom it signs for may do this.',
  ],
  [
    'an issuer without its keys',
    {
      head: 'server: { auth: { jwt: [{ issuer: a, audience: b, allow: [{ claims: { d: e }, grants: [read] }] }] } }',
    },
    '3:25 server.auth.jwt.0: found a mapping, expected either jwksUri or jwksFile: where its keys are.',
  ],
  [
    'a list where a mapping belongs',
    { head: 'server: [a]' },
    '3:9 server: found a list, expected a mapping.',
  ],
  [
    'no targets, not even an empty list',
    { targets: '    description: x' },
    '5:5 rotations.0.targets: found nothing, expected a list of targets. Where nothing shall be delivered, write targets: [].',
  ],
  [
    'renewBefore that is not below maxAge',
    { rotation: 'maxAge: 3d\nrenewBefore: 72h' },
    '9:18 rotations.0.renewBefore: found 3d, expected less than maxAge, which is 3d.',
  ],
  [
    'renewBefore of defaults that is not below the maxAge of a rotation',
    { head: 'defaults: { renewBefore: 5d }', rotation: 'maxAge: 5d' },
    '3:26 defaults.renewBefore: found 5d, expected less than maxAge, which is 5d.',
  ],
  [
    'renewBefore without a maxAge',
    { rotation: 'renewBefore: 1d' },
    '8:18 rotations.0.renewBefore: found 1d without a maxAge, expected a maxAge too, or no renewBefore.',
  ],
];
