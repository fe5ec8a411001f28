import { randomUUID } from 'node:crypto';
import type { Result } from './actions.js';
import type { StsError } from './sts-error.js';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Examples */
const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

export function resultXml(action: string, result: Result): string {
  const metadata = element('ResponseMetadata', element('RequestId', escape(randomUUID())));
  return document(`${action}Response`, element(`${action}Result`, members(result)) + metadata);
}

export function errorXml({ code, message, status }: StsError): string {
  const Type = status < 500 ? 'Sender' : 'Receiver';
  const error = element('Error', members({ Type, Code: code, Message: message }));
  return document('ErrorResponse', error + element('RequestId', randomUUID()));
}

function document(name: string, content: string): string {
  return `<${name} xmlns="${NAMESPACE}">${content}</${name}>`;
}

function members(result: Result): string {
  return Object.entries(result)
    .map(([name, value]) => element(name, typeof value === 'string' ? escape(value) : members(value)))
    .join('');
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
