import { ApiTokenList, ApiTokenView, AuditReport, CreatedToken, Report } from '../answers/index.js';
import { VerifyAudit } from '../look-requests.js';
import { AskReport, CreateToken, ExportAudit } from '../requests.js';
import type { Operation } from './operation.js';

/** Who may do what, and who has done what. */
export const access = {
  verifyAudit: {
    method: 'GET',
    path: '/v1/audit',
    scope: 'audit',
    summary: 'Reads the whole log and names what was changed, removed or moved.',
    answer: AuditReport,
  },
  followAuditVerification: {
    method: 'POST',
    path: '/v1/audit/verify',
    scope: 'audit',
    summary:
      'The same, or of a period, for a log of any length: a line each second with what was read so far (`verified`), ' +
      'and at the end one with the `report`, or with the `problem` that has ended it.',
    body: VerifyAudit,
    answer: { mediaType: 'application/x-ndjson', description: 'JSON objects, one a line.' },
  },
  exportAudit: {
    method: 'GET',
    path: '/v1/audit/export',
    scope: 'audit',
    summary:
      'The whole log, or a part of it, line by line, with the hash that each entry has in the whole; also as `format=csv`.',
    query: ExportAudit,
    answer: { mediaType: 'application/x-ndjson', alsoAs: 'text/csv', description: 'An entry a line.' },
  },
  report: {
    method: 'GET',
    path: '/v1/report',
    scope: 'audit',
    summary: 'What has become of every rotation in a period, and whether its log holds together: evidence.',
    query: AskReport,
    answer: Report,
  },
  listTokens: {
    method: 'GET',
    path: '/v1/tokens',
    scope: 'admin',
    summary: 'The API tokens, newest first, also those that are over.',
    answer: ApiTokenList,
  },
  createToken: {
    method: 'POST',
    path: '/v1/tokens',
    scope: 'admin',
    summary: 'Makes an API token, and shows it once.',
    body: CreateToken,
    status: 201,
    answer: CreatedToken,
  },
  revokeToken: {
    method: 'DELETE',
    path: '/v1/tokens/{token}',
    scope: 'admin',
    summary: 'Makes an API token worth nothing, at once.',
    answer: ApiTokenView,
  },
} as const satisfies Record<string, Operation>;
