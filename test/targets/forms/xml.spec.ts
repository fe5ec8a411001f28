import { describe } from '@jest/globals';
import { XMLParser } from 'fast-xml-parser';
import { xmlForm } from '../../../src/targets/file/forms/xml.js';
import { formSuite, refuses, writesOver } from './form-suite.js';

const KEY = 'ElasticApm:SecretToken';
const form = xmlForm(KEY);
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  isArray: (name) => name === 'add',
});

type Add = { readonly key: string; readonly value?: string };
const parsed = (text: string): unknown =>
  (parser.parse(text).configuration.appSettings.add as Add[]).find(({ key }) => key === KEY)?.value;

formSuite('xml', {
  form,
  fixture: 'Web.config',
  parsed,
  without: (text) => text.replace(/ {4}<add {2}value[^\n]*\n/, ''),
  added: (text, token) =>
    text
      .replace(/ {4}<add {2}value[^\n]*\n/, '')
      .replace(
        /( {4}<add key="ElasticApm:ServiceName".*?)(\r?\n)/,
        `$1$2    <add key="${KEY}" value="${token}" />$2`,
      ),
});

describe('form xml', () => {
  const settings = (inner: string, attributes = ''): string =>
    `<configuration><appSettings${attributes}>${inner}</appSettings></configuration>`;

  writesOver(form, [
    [settings(`<add key="${KEY}" value='old'/>`), settings(`<add key="${KEY}" value='new'/>`)],
    [settings(`<add key="${KEY}"/>`), settings(`<add value="new" key="${KEY}"/>`)],
    [
      settings('<add key="elasticapm:secrettoken" value=""/>'),
      settings('<add key="elasticapm:secrettoken" value="new"/>'),
    ],
    [
      settings(`<add key="${KEY}" value="a"/><add key="${KEY}" value="b"/>`),
      settings(`<add key="${KEY}" value="a"/><add key="${KEY}" value="new"/>`),
    ],
    [
      `<appSettings><add key="${KEY}" value="old"/></appSettings>`,
      `<appSettings><add key="${KEY}" value="new"/></appSettings>`,
    ],
    [
      settings(`<add key="my value=" value="x"/><add key="${KEY}" value="old"/>`),
      settings(`<add key="my value=" value="x"/><add key="${KEY}" value="new"/>`),
    ],
  ]);

  refuses(form, [
    ['no appSettings', '<configuration/>', 'has no <appSettings>'],
    ['another document', '<a><appSettings/></a>', 'has no <appSettings>'],
    ['several', '<configuration><appSettings/><appSettings/></configuration>', 'has several <appSettings>'],
    ['settings that stand elsewhere', settings('', ' configSource="a.config"'), 'elsewhere (configSource)'],
    [
      'settings over which others win',
      settings('<add key="a" value="b"/>', ' file="a.config"'),
      'elsewhere (file)',
    ],
    [
      'a key that is taken away again',
      settings(`<add key="${KEY}" value="a"/><clear/>`),
      'away again by <clear>',
    ],
    ['empty settings', settings(''), 'has nothing in its <appSettings>'],
    ['no XML', '<configuration>\n<a>', 'is no XML document: an error in line 2'],
  ]);
});
