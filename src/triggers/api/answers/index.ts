/** What the API answers with. Tokens appear as fingerprints alone; what was not measured is null, never 0. */
export { MODES, Problem, START_MODES } from './shared.js';
export { Started, RunSummary, RunList, RunView, BulkStarted } from './runs.js';
export { RotationView, RotationList, RotationDetail } from './rotations.js';
export { Plan, Verification } from './looks.js';
export { TokenMatches, Whereabouts } from './where.js';
export { Report } from './report.js';
export { AuditReport, ApiTokenView, ApiTokenList, CreatedToken } from './records.js';
export { ConfigChecked, ConfigReloaded, ShownConfig } from './config.js';
export { Info, Status } from './service.js';
export { DeploymentList } from './deployments.js';
export { Examination } from './doctor.js';
export { TargetList } from './targets.js';
export { EventList, Happening } from './events.js';
export { NotificationView, NotificationList, NotifierTested, Confirmed } from './notifications.js';
export { ApprovalList, ApprovalView } from './approvals.js';
