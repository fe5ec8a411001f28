import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import type { z } from 'zod';
import type { Approval } from '../../journal/approvals.js';
import type { Journal } from '../../journal/journal.js';
import { asRotorError } from '../../rotation/errors.js';
import { JOURNAL } from '../../tokens.js';
import type { Caller } from '../access/caller.js';
import { Gatekeeper } from '../access/gatekeeper.js';
import { callerOf, type Called } from '../access/guard.js';
import { among } from '../among.js';
import type { ApprovalList } from '../api/answers/index.js';
import { Approve, AskApproval, ListApprovals, Reject } from '../api/approval-requests.js';
import type { OperationId } from '../api/operations/index.js';
import { whenGone, type Leavable } from '../gone.js';
import { keyed } from '../idempotency-key.js';
import { linkNext } from '../next-page.js';
import { Rotations } from '../rotations.js';
import { Approving } from './approving.js';
import { approvalCursorOf, approvalPlaceOf } from './cursor.js';
import { Requesting } from './requesting.js';
import { approvalView, type ApprovalView } from './view.js';

const FORBIDDEN = 403;

type Reply = { header(name: string, value: string): unknown };

@Controller('v1')
export class ApprovalsController {
  constructor(
    @Inject(Requesting) private readonly requesting: Requesting,
    @Inject(Approving) private readonly approving: Approving,
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
    @Inject(JOURNAL) private readonly journal: Journal,
  ) {}

  @Post('rotations/:name/approvals')
  @HttpCode(201)
  async ask(
    @Param('name') name: string,
    @Body({ schema: AskApproval }) body: z.output<typeof AskApproval>,
    @Req() request: Called & Leavable,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ApprovalView> {
    const sent = keyed(key, ['approval', name, body]);
    const wanted = { ...body, ...(sent && { request: sent }) };
    const approval = await this.requesting.ask(name, wanted, callerOf(request), whenGone(request));
    reply.header('location', `/v1/approvals/${approval.id}`);
    return this.#shown(approval, reply);
  }

  @Get('approvals')
  async list(
    @Query({ schema: ListApprovals }) query: z.output<typeof ListApprovals>,
    @Req() request: Called & { readonly url: string },
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<z.output<typeof ApprovalList>> {
    const { rotation, selector, state, cursor, limit } = query;
    // One more than is shown tells whether there is another page.
    const found = await this.journal.approvals.list({
      limit: limit + 1,
      ...among(this.rotations, callerOf(request), selector),
      ...(rotation !== undefined && { rotation }),
      ...(state !== undefined && { state }),
      ...(cursor !== undefined && { after: approvalPlaceOf(cursor) }),
    });
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    const next = last ? linkNext(reply, request.url, { cursor: approvalCursorOf(last) }) : null;
    return { approvals: shown.map((one) => this.#view(one)), next };
  }

  @Get('approvals/:approval')
  async get(@Param('approval') id: string, @Res({ passthrough: true }) reply: Reply): Promise<ApprovalView> {
    return this.#shown(await this.approving.find(id), reply);
  }

  @Post('approvals/:approval/approve')
  @HttpCode(200)
  async approve(
    @Param('approval') id: string,
    @Body({ schema: Approve.prefault({}) }) { comment }: z.output<typeof Approve>,
    @Req() request: Called & Leavable,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ApprovalView> {
    const by = callerOf(request);
    const deciding = { by, ...(ifMatch !== undefined && { ifMatch }) };
    const approving = async (): Promise<Approval> =>
      this.approving.approve(id, comment, deciding, whenGone(request));
    return this.#shown(await this.#noting(id, by, 'approve', approving), reply);
  }

  @Post('approvals/:approval/reject')
  @HttpCode(200)
  async reject(
    @Param('approval') id: string,
    @Body({ schema: Reject }) { reason }: z.output<typeof Reject>,
    @Req() request: Called,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ApprovalView> {
    const by = callerOf(request);
    const { rotation, requesterId } = await this.approving.find(id);
    // Who has no more than the scope rotate may withdraw what is their own.
    if (requesterId !== by.identity.id && !by.mayEverywhere('approve'))
      await this.gatekeeper.assertMay(by, 'approve', 'reject', rotation);
    const deciding = { by, ...(ifMatch !== undefined && { ifMatch }) };
    const rejecting = async (): Promise<Approval> => this.approving.reject(id, reason, deciding);
    return this.#shown(await this.#noting(id, by, 'reject', rejecting), reply);
  }

  /** Who may not is for the audit log, as where a scope lacks. */
  async #noting(
    id: string,
    by: Caller,
    operation: OperationId,
    deciding: () => Promise<Approval>,
  ): Promise<Approval> {
    try {
      return await deciding();
    } catch (error) {
      if (asRotorError(error).httpStatus === FORBIDDEN)
        await this.gatekeeper.noteDenied(by, operation, (await this.approving.find(id)).rotation);
      throw error;
    }
  }

  #shown(approval: Approval, reply: Reply): ApprovalView {
    reply.header('etag', this.approving.etagOf(approval));
    return this.#view(approval);
  }

  #view(approval: Approval): ApprovalView {
    const isDeclared = this.rotations.labelsOf(approval.rotation) !== undefined;
    const need = isDeclared ? this.rotations.approvalNeedOf(approval.rotation) : undefined;
    return approvalView(approval, need?.approvers ?? []);
  }
}
