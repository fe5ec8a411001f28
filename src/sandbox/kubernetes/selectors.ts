import type { KubeObject, Words } from './objects.js';
import { StatusError } from './status-error.js';

type Matcher = (words: Words) => boolean;

const KEY = String.raw`[A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?`;
const SET = new RegExp(String.raw`^(${KEY})\s+(in|notin)\s*\(([^()]*)\)$`);
const EQUALITY = new RegExp(String.raw`^(${KEY})\s*(==|=|!=)\s*([A-Za-z0-9_.-]*)$`);
const ORDER = new RegExp(String.raw`^(${KEY})\s*([<>])\s*([0-9]+)$`);
const EXISTS = new RegExp(String.raw`^(!?)\s*(${KEY})$`);

/**
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors; what that leaves open, such
 * as the order of numbers, is as in kubernetes/apimachinery, pkg/labels/selector.go.
 */
export function labelMatcher(selector: string): Matcher {
  if (selector.trim() === '') return () => true;
  const parts = selector.split(/,(?![^(]*\))/);
  const matchers = parts.map((part) => requirement(part.trim(), selector));
  return (labels) => matchers.every((matches) => matches(labels));
}

function requirement(part: string, whole: string): Matcher {
  const set = SET.exec(part);
  if (set) {
    const [, key = '', , operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (labels) => values.includes(labels[key] ?? '\0') === (operator === 'in');
  }
  const equality = EQUALITY.exec(part);
  if (equality) {
    const [, key = '', , operator, value = ''] = equality;
    return (labels) => (labels[key] === value) === (operator !== '!=');
  }
  const order = ORDER.exec(part);
  if (order) {
    const [, key = '', , operator, bound] = order;
    const isBeyond = (value: number): boolean =>
      operator === '>' ? value > Number(bound) : value < Number(bound);
    return (labels) => /^-?[0-9]+$/.test(labels[key] ?? '') && isBeyond(Number(labels[key]));
  }
  const exists = EXISTS.exec(part);
  if (!exists) throw new StatusError(400, 'BadRequest', `unable to parse requirement: ${whole}`);
  const [, not, key = ''] = exists;
  return (labels) => Object.hasOwn(labels, key) === (not === '');
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/: these two are of every kind. */
export function fieldMatcher(selector: string): (object: KubeObject) => boolean {
  const parts = selector.split(',').filter((part) => part !== '');
  const matchers = parts.map((part) => {
    const [, field, operator, value] = /^(metadata\.name|metadata\.namespace)(==|=|!=)(.*)$/.exec(part) ?? [];
    if (field === undefined)
      throw new StatusError(400, 'BadRequest', `field label not supported: ${part.split('=')[0]}`);
    return ({ metadata }: KubeObject) =>
      ((field === 'metadata.name' ? metadata.name : metadata.namespace) === value) === (operator !== '!=');
  });
  return (object) => matchers.every((matches) => matches(object));
}
