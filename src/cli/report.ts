import { Client } from './client.js';
import { show, type Output } from './output.js';
import { periodOf } from './period.js';
import { printData } from './print.js';
import { reportMarkdown } from './report-markdown.js';
import { reportText } from './report-text.js';

export type ReportOptions = Omit<Output, 'output'> & {
  readonly output?: Output['output'] | 'markdown';
  readonly period: string;
  readonly selector?: string;
};

/** Evidence of a period. Exit code 0, or 1 where the log of it does not hold together. */
export async function report({ output, period, selector, ...options }: ReportOptions): Promise<number> {
  const { from, to } = periodOf(period);
  const client = await Client.fromEnvironment();
  const told = await client.report(from.toISOString(), to.toISOString(), selector);
  if (output === 'markdown' && options.json !== true) printData(reportMarkdown(told));
  else
    await show(
      told,
      { ...options, ...(output !== undefined && output !== 'markdown' && { output }) },
      {
        table: () => reportText(told),
        names: () => told.rotations.map(({ rotation }) => rotation),
        items: () => told.rotations,
      },
    );
  return told.audit.holds ? 0 : 1;
}
