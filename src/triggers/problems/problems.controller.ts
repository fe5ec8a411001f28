import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import { RotorError } from '../../rotation/errors.js';
import { BASE_URL } from '../../tokens.js';
import { htmlOf, indexHtml } from './html.js';
import { codeOfSlug, codes, markdownOf, summaryOf } from './page.js';

type Reply = { header(name: string, value: string): Reply };

/** What the `type` of a problem leads to: for whoever has seen it in an answer, also without a token. */
@Controller('problems')
export class ProblemsController {
  constructor(@Inject(BASE_URL) private readonly baseUrl: string) {}

  @Get()
  index(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): string | object {
    if (isOfBrowser(accept, reply)) return indexHtml();
    reply.header('content-type', 'application/json; charset=utf-8');
    return { problems: codes.map((code) => summaryOf(code, this.baseUrl)) };
  }

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
    if (isOfBrowser(accept, reply)) return htmlOf(code);
    reply.header('content-type', 'text/markdown; charset=utf-8');
    return markdownOf(code);
  }
}

function isOfBrowser(accept: string | undefined, reply: Reply): boolean {
  reply.header('vary', 'accept');
  const isHtml = accept?.includes('text/html') === true;
  if (isHtml) reply.header('content-type', 'text/html; charset=utf-8');
  return isHtml;
}
