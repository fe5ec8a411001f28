import type { Clock } from '../rotation/clock.js';
import type { Database } from './database.js';
import { guarded } from './guarded.js';
import type { Answers, StartRequest } from './journal.js';
import { keepAnswer, sentBefore } from './requests.js';

export class KyselyAnswers implements Answers {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async isKnown(request: StartRequest): Promise<boolean> {
    const { db } = this.database;
    return guarded(async () => (await sentBefore(db, request, this.clock.now())) !== undefined);
  }

  async keep(request: StartRequest, answer: string): Promise<string> {
    return guarded(async () => this.database.transaction(async (tx) => keepAnswer(tx, request, answer)));
  }
}
