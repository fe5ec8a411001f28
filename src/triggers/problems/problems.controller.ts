import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import { RotorError } from '../../rotation/errors.js';
import { htmlOf } from './html.js';
import { codeOfSlug, markdownOf } from './page.js';

type Reply = { header(name: string, value: string): Reply };

/** What the `type` of a problem leads to: for whoever has seen it in an answer, also without a token. */
@Controller('problems')
export class ProblemsController {
  @Get(':slug')
  page(
    @Param('slug') slug: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): string {
    const code = codeOfSlug(slug);
    if (!code)
      throw new RotorError('not_found', `there is no kind of problem "${slug.slice(0, 60)}"`, {
        hint: 'docs/problems.md has all of them.',
      });
    reply.header('vary', 'accept');
    const isForBrowser = accept?.includes('text/html') === true;
    reply.header('content-type', `text/${isForBrowser ? 'html' : 'markdown'}; charset=utf-8`);
    return isForBrowser ? htmlOf(code) : markdownOf(code);
  }
}
