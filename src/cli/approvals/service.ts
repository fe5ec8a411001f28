import type { z } from 'zod';
import type { ApprovalList, ApprovalView } from '../../triggers/api/answers/index.js';
import { wordsOf, type Connection, type Query } from '../connection.js';

export type Approval = z.output<typeof ApprovalView>;

/** What the REST API says of approvals, and is told. */
export class Approvals {
  constructor(private readonly service: Connection) {}

  /** Newest first. */
  async list(query: Query = {}): Promise<z.output<typeof ApprovalList>> {
    return this.service.ask('GET', `/v1/approvals?${wordsOf(query)}`);
  }

  async one(id: string, signal?: AbortSignal): Promise<Approval> {
    return this.service.ask('GET', `/v1/approvals/${encodeURIComponent(id)}`, undefined, signal);
  }

  /** Throws `approval_pending` where somebody has asked already, `approval_not_needed` where none is required. */
  async ask(rotation: string, reason: string, planId?: string): Promise<Approval> {
    const body = { reason, ...(planId !== undefined && { planId }) };
    return this.service.ask('POST', `/v1/rotations/${encodeURIComponent(rotation)}/approvals`, body);
  }

  /** Of a request of a person, its run is started by that. */
  async approve(id: string, comment?: string): Promise<Approval> {
    const body = comment === undefined ? {} : { comment };
    return this.service.ask('POST', `/v1/approvals/${encodeURIComponent(id)}/approve`, body);
  }

  async reject(id: string, reason: string): Promise<Approval> {
    return this.service.ask('POST', `/v1/approvals/${encodeURIComponent(id)}/reject`, { reason });
  }
}
