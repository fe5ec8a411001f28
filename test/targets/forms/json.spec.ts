import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { rewritten } from '../../../src/targets/file/forms/form.js';
import { jsonForm } from '../../../src/targets/file/forms/json.js';
import { formSuite, refuses, writesOver } from './form-suite.js';

const form = jsonForm('ElasticApm:SecretToken');

type Parsed = { config?: { ElasticApm?: { SecretToken?: unknown } }; error?: unknown };

/** JSON with comments and commas at the end, by another parser. */
const parsed = (text: string): unknown => {
  const { config, error } = ts.parseConfigFileTextToJson('appsettings.json', text) as Parsed;
  return error ?? config?.ElasticApm?.SecretToken;
};

formSuite('json', {
  form,
  fixture: 'appsettings.json',
  parsed,
  without: (text) => text.replace(/ {4}"SecretToken[^\n]*\n/, ''),
  added: (text, token) =>
    text
      .replace(/ {4}"SecretToken[^\n]*\n/, '')
      .replace(
        /("ElasticApm": \{\r?\n)/,
        (line) => `${line}    "SecretToken": "${token}",${/\r?\n/.exec(line)?.[0]}`,
      ),
});

describe('form json', () => {
  writesOver(form, [
    ['{"ElasticApm":{"SecretToken":null}}', '{"ElasticApm":{"SecretToken":"new"}}'],
    ['{"elasticapm":{"secrettoken":"old"}}', '{"elasticapm":{"secrettoken":"new"}}'],
    ['{"ElasticApm:SecretToken":"old"}', '{"ElasticApm:SecretToken":"new"}'],
    [
      '{\n\t"ElasticApm": {\n\t\t"A": 1\n\t}\n}',
      '{\n\t"ElasticApm": {\n\t\t"A": 1,\n\t\t"SecretToken": "new"\n\t}\n}',
    ],
  ]);

  it('takes a path with dots as it is, whatever the case', () => {
    const dots = jsonForm('apm.secretToken');
    expect(rewritten(dots, '{"apm":{"SecretToken":"a","secretToken":"b"}}', 'new')).toBe(
      '{"apm":{"SecretToken":"a","secretToken":"new"}}',
    );
  });

  refuses(form, [
    [
      'a key that stands twice',
      '{"ElasticApm":{"SecretToken":"a","secretToken":"b"}}',
      'has ElasticApm:SecretToken 2 times',
    ],
    [
      'a key that stands flat and deep',
      '{"ElasticApm:SecretToken":"a","ElasticApm":{"SecretToken":"b"}}',
      'has ElasticApm:SecretToken 2 times',
    ],
    ['a section that is not there', '{}', 'has no section ElasticApm'],
    [
      'something else than text',
      '{"ElasticApm":{"SecretToken":1}}',
      'has no text at ElasticApm:SecretToken but number',
    ],
    ['no JSON', '{\n"a": }', 'is no JSON document: ValueExpected in line 2'],
    ['a list', '[]', 'is no JSON object'],
    ['nothing', '', 'is no JSON document'],
  ]);
});
