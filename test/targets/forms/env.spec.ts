import { describe, expect, it } from '@jest/globals';
import { parse } from 'dotenv';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { envForm } from '../../../src/targets/file/forms/env.js';
import { rewritten } from '../../../src/targets/file/forms/form.js';
import { OTLP_HEADERS_VALUE } from '../../../src/targets/file/forms/otlp-value.js';
import { fixtureOf, formSuite, headerSafe, problemOf, refuses, writesOver } from './form-suite.js';

const KEY = 'ELASTIC_APM_SECRET_TOKEN';
const HEADERS = 'OTEL_EXPORTER_OTLP_HEADERS';
const form = envForm(KEY);
const otlp = envForm(HEADERS, OTLP_HEADERS_VALUE);
/** A single quote, and something that a shell reads in double quotes. */
const UNQUOTABLE = /^(?=.*')(?=.*["\\$`])/;

formSuite('env', {
  form,
  fixture: 'checkout.env',
  parsed: (text) => parse(text)[KEY],
  cannotHold: UNQUOTABLE,
  without: (text) => text.replace(/^ELASTIC_APM_SECRET_TOKEN=x[^\n]*\n/m, ''),
  added: (text, token) => {
    const eol = text.includes('\r\n') ? '\r\n' : '\n';
    const rest = text.replace(/^ELASTIC_APM_SECRET_TOKEN=x[^\n]*\n/m, '');
    return rest.endsWith('\n') ? `${rest}${KEY}=${token}${eol}` : `${rest}${eol}${KEY}=${token}`;
  },
});

formSuite('env, the headers of OTLP', {
  form: otlp,
  fixture: 'otlp.env',
  parsed: (text) => {
    const { [HEADERS]: list = '' } = parse(text);
    const entries = list.split(',').map((entry) => entry.split(/=(.*)/).map(decodeURIComponent));
    return entries.find(([name]) => name === 'Authorization')?.[1]?.replace('Bearer ', '');
  },
  without: (text) => text.replace('Authorization=Bearer x,', ''),
  added: (text, token) =>
    text.replace('Authorization=Bearer x,', '').replace('a%20b', `a%20b,Authorization=Bearer ${token}`),
});

describe('form env', () => {
  it('writes what a shell reads, whatever a header can carry', () => {
    const tokens = fc.sample(headerSafe, 100).filter((token) => !UNQUOTABLE.test(token));
    const seen = tokens.map((token) => {
      const text = rewritten(form, `A=1\n${KEY}=x # here\n`, token);
      return spawnSync('sh', ['-c', `eval "$0"; printf %s "$${KEY}"`, text], { encoding: 'utf8' }).stdout;
    });
    expect(seen).toEqual(tokens);
  });

  it('refuses a token that no quotes make the same for dotenv, systemd and a shell', () => {
    for (const token of [`a'$b`, `'"`, `\\'`, "`'"]) {
      expect(problemOf(() => rewritten(form, `${KEY}=x\n`, token)).problem).toContain(
        'cannot hold this token',
      );
    }
  });

  writesOver(form, [
    ['', `${KEY}=new\n`],
    [`${KEY}=`, `${KEY}=new`],
    [`export ${KEY}='old' # note\n`, `export ${KEY}='new' # note\n`],
    [`${KEY} = "old"\n`, `${KEY} = "new"\n`],
    [`${KEY}=first\n${KEY}=second\n`, `${KEY}=first\n${KEY}=new\n`],
  ]);

  refuses(form, [
    ['quotes that do not end', `A="x\n${KEY}=old\n`, 'quotes in line 1 that do not end'],
    ['a line that goes on', `${KEY}=a\\\nb\n`, 'goes on in the next (line 1)'],
    ['escapes', `${KEY}="a\\nb"\n`, 'not every reader of such files would take alike'],
    ['text behind its quotes', `${KEY}='a'b\n`, 'not every reader of such files would take alike'],
  ]);
});

describe('form env, the headers of OTLP', () => {
  writesOver(otlp, [
    ['', `${HEADERS}='Authorization=Bearer new'\n`],
    [`${HEADERS}=x-a=1\n`, `${HEADERS}='x-a=1,Authorization=Bearer new'\n`],
    [`${HEADERS}=authorization=bearer%20old\n`, `${HEADERS}=authorization=bearer%20new\n`],
    [`${HEADERS}="Authorization=Bearer old , x-a=1"\n`, `${HEADERS}="Authorization=Bearer new , x-a=1"\n`],
  ]);

  it.each([
    ['an API key', 'Authorization=ApiKey abc', 'no bearer token but another credential'],
    ['two Authorizations', 'Authorization=Bearer a,authorization=Bearer b', 'several Authorizations'],
  ])('refuses %s', (_case, list, sentence) => {
    expect(problemOf(() => rewritten(otlp, `${HEADERS}="${list}"\n`, 'new')).problem).toContain(sentence);
  });

  it('keeps what it does not change as it is', () => {
    const text = fixtureOf('otlp.env', 'x');
    expect(rewritten(otlp, text, 'a,b=c')).toBe(text.replace('Bearer x', 'Bearer a%2Cb%3Dc'));
  });
});
