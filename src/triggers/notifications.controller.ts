import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { z } from 'zod';
import type { Journal } from '../journal/journal.js';
import type { Notification } from '../journal/notifications.js';
import { JOURNAL } from '../tokens.js';
import type { NotificationList, NotificationView } from './api/answers/index.js';
import { ListNotifications } from './api/requests.js';
import { linkNext } from './next-page.js';

type Reply = { header(name: string, value: string): unknown };

/** What was sent, waits, or was given up. Never the body: it is told by the run. */
@Controller('v1/notifications')
export class NotificationsController {
  constructor(@Inject(JOURNAL) private readonly journal: Journal) {}

  @Get()
  async list(
    @Query({ schema: ListNotifications }) { limit, ...filter }: z.output<typeof ListNotifications>,
    @Req() request: { readonly url: string },
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<z.output<typeof NotificationList>> {
    const found = await this.journal.notifications.list({ ...filter, limit: limit + 1 });
    const page = found.slice(0, limit);
    const next = found.length > limit ? (page.at(-1)?.id ?? null) : null;
    if (next !== null) linkNext(reply, request.url, { after: next });
    return { notifications: page.map(notificationView), next };
  }

  @Post(':notification/replay')
  @HttpCode(202)
  async replay(@Param('notification') id: string): Promise<z.output<typeof NotificationView>> {
    return notificationView(await this.journal.notifications.replay(id));
  }
}

function notificationView({
  at,
  name: event,
  event: eventId,
  problem,
  endedAt,
  ...rest
}: Notification): z.output<typeof NotificationView> {
  return {
    ...rest,
    event,
    eventId,
    at: new Date(at).toISOString(),
    problem: problem ?? null,
    endedAt: endedAt === undefined ? null : new Date(endedAt).toISOString(),
  };
}
