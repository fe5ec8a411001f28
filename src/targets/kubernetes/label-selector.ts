const NAME = String.raw`[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
const KEY = String.raw`([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?${NAME}`;
const VALUE = `(${NAME})?`;
const LIST = String.raw`\(\s*${VALUE}(\s*,\s*${VALUE})*\s*\)`;
const COMPARISON = String.raw`\s*(==?|!=)\s*${VALUE}|\s*[<>]\s*[0-9]+|\s+(in|notin)\s*${LIST}`;
const REQUIREMENT = new RegExp(String.raw`^\s*(!\s*${KEY}|${KEY}(${COMPARISON})?)\s*$`);

/**
 * The first part of a label selector that the API server could not read either; undefined: it can read all of them.
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors; kubernetes/apimachinery:
 * pkg/labels/selector.go)
 */
export function unreadablePart(selector: string): string | undefined {
  return selector.split(/,(?![^(]*\))/).find((part) => !REQUIREMENT.test(part));
}
