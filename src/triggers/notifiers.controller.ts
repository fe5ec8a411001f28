import { Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import type { z } from 'zod';
import { NotifierTester } from '../notifiers/tester.js';
import { callerOf, type Called } from './access/guard.js';
import type { NotifierTested } from './api/answers/index.js';
import { whenGone, type Leavable } from './gone.js';

@Controller('v1/notifiers')
export class NotifiersController {
  constructor(@Inject(NotifierTester) private readonly tester: NotifierTester) {}

  @Post(':notifier/test')
  @HttpCode(200)
  async test(
    @Param('notifier') name: string,
    @Req() request: Called & Leavable,
  ): Promise<z.output<typeof NotifierTested>> {
    const { result, ...tested } = await this.tester.test(name, callerOf(request).name, whenGone(request));
    if ('answer' in result) return { ...tested, taken: true, answer: result.answer, problem: null };
    const { code, message: detail, hint = null } = result.problem;
    return { ...tested, taken: false, answer: null, problem: { code, detail, hint } };
  }
}
