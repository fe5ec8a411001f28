import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { ArgumentsHost } from '@nestjs/common';
import { pino } from 'pino';
import { RotorError } from '../../../src/rotation/errors.js';
import { ProblemFilter } from '../../../src/triggers/problem.filter.js';
import { claimedRun } from '../../contracts/journal.contract.js';
import { codes } from '../../../src/triggers/problems/page.js';
import { PAGE, problemsPage } from '../problems-page.js';
import { ApiWorld } from '../api-world.js';
import { eventsOf } from '../server-sent.js';

describe('a problem', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open();
  });
  afterEach(async () => world.close());

  it('leads from a problem to its page, for whoever has seen it', async () => {
    const { body } = await world.ask('GET', '/v1/runs/run_nope');
    const url = String(body['type']);
    const page = await world.app.inject({ method: 'GET', url });
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/markdown; charset=utf-8']);
    expect(page.body).toContain('`not_found`, status 404');
    const shown = await world.app.inject({ method: 'GET', url, headers: { accept: 'text/html,*/*' } });
    expect(shown.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(shown.body).toContain('<code>rotor status</code>');
    expect((await world.app.inject({ method: 'GET', url: '/problems/nope' })).statusCode).toBe(404);
  });

  it('is one of a list, which leads to the page of each', async () => {
    const list = await world.app.inject({ method: 'GET', url: '/problems' });
    expect(list.headers['content-type']).toBe('application/json; charset=utf-8');
    const { problems } = JSON.parse(list.body) as {
      problems: { type: string; code: string; status: number }[];
    };
    expect(problems.map(({ code }) => code)).toEqual(codes);
    for (const { type, code, status } of problems) {
      const { body, statusCode } = await world.app.inject({ method: 'GET', url: type });
      expect([statusCode, body]).toEqual([200, expect.stringContaining(`\`${code}\`, status ${status}`)]);
    }
    const shown = await world.app.inject({
      method: 'GET',
      url: '/problems',
      headers: { accept: 'text/html,*/*' },
    });
    expect([shown.headers['content-type'], shown.headers['vary']]).toEqual([
      'text/html; charset=utf-8',
      'accept',
    ]);
    const ways = [...shown.body.matchAll(/href="([^"]+)"/g)].map(([, way]) => way ?? '');
    const addresses = ways.map((way) => new URL(way, 'https://example.com/rotor/problems').pathname);
    expect(addresses).toEqual(problems.map(({ type }) => `/rotor${type}`));
  });

  it('names every problem by its trace: that of the caller, or one of its own', async () => {
    const trace = 'ab'.repeat(16);
    const traced = { traceparent: `00-${trace}-${'12'.repeat(8)}-01` };
    const refused = await world.ask('GET', '/v1/runs/run_nope', undefined, traced);
    expect([refused.body['traceId'], refused.headers['x-request-id']]).toEqual([trace, trace]);
    const own = await world.ask('GET', '/v1/runs/run_nope', undefined, {
      traceparent: `00-${'0'.repeat(32)}-1-01`,
    });
    expect(own.body['traceId']).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
    expect(own.headers['x-request-id']).toBe(own.body['traceId']);
    const unknown = await world.app.inject({ method: 'GET', url: '/v1/status', headers: traced });
    expect([unknown.statusCode, unknown.headers['x-request-id']]).toEqual([401, trace]);
  });

  it.each([
    ['what is the fault of the caller', 'debug', new RotorError('not_found', 'there is none')],
    ['what is not', 'warn', new RotorError('journal_unavailable', 'the disk is full')],
    ['a defect', 'error', new TypeError('a defect')],
  ])('is logged with its trace, %s as %s', (_what, level, thrown) => {
    const lines: { readonly level: number; readonly trace: unknown }[] = [];
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const reply = { status: () => reply, header: () => reply, send: () => undefined };
    const request = { id: 'ab', method: 'GET', routeOptions: { url: '/v1/status' } };
    const http = { getRequest: () => request, getResponse: () => reply };
    new ProblemFilter(log, '').catch(thrown, { switchToHttp: () => http } as unknown as ArgumentsHost);
    expect(lines.at(0)).toMatchObject({ level: pino.levels.values[level], trace: { id: 'ab' } });
  });

  it('has whole addresses as types where somebody has said where it is reached', async () => {
    const other = await ApiWorld.open({ baseUrl: 'https://example.com/rotor' });
    const { body } = await other.ask('GET', '/v1/runs/run_nope');
    const { problems } = (await other.ask('GET', '/problems')).body as { problems: object[] };
    await other.close();
    expect(body['type']).toBe('https://example.com/rotor/problems/not-found');
    expect(problems).toContainEqual(expect.objectContaining({ type: body['type'], code: 'not_found' }));
  });

  it('is the same in the midst of an answer: the whole address of its page, and the trace of the request', async () => {
    const other = await ApiWorld.open({ baseUrl: 'https://example.com/rotor' });
    const { run } = await claimedRun(other.journal);
    await other.app.listen(0, '127.0.0.1');
    const address = await other.app.getUrl();
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const ask = async (path: string, body?: object): Promise<Response> =>
      fetch(`${address}${path}`, {
        headers: {
          authorization: `Bearer ${other.token}`,
          traceparent: `00-${trace}-00f067aa0ba902b7-01`,
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
    const problemIn = async (path: string): Promise<object> => {
      for await (const { type, data } of eventsOf(await ask(path))) if (type === 'problem') return data;
      throw new Error(`${path} has told of no problem`);
    };
    const bulk = await ask('/v1/runs', { rotations: ['nope'], reason: 'leak' });
    const { refused } = (await bulk.json()) as { refused: { problem: object }[] };
    const whole = (slug: string) => ({ type: `https://example.com/rotor/problems/${slug}`, traceId: trace });
    expect(refused).toMatchObject([{ problem: whole('not-found') }]);

    const away = new RotorError('journal_unavailable', 'the disk is full');
    const fails = async (): Promise<never> => {
      throw away;
    };
    other.journal.waitForChange = fails;
    other.journal.feed.page = fails;
    other.journal.archive.verifying = () => {
      throw away;
    };
    for (const path of [`/v1/runs/${run.id}/events`, '/v1/events/stream'])
      expect(await problemIn(path)).toMatchObject(whole('journal-unavailable'));
    const audit = await (await ask('/v1/audit/verify', {})).text();
    expect(JSON.parse(audit)).toMatchObject({ problem: whole('journal-unavailable') });
    await other.close();
  });

  it('has a page in docs that says the same; `npm run problems-page` writes it', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(problemsPage());
  });
});
