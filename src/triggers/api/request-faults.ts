import { formatWords } from '../../config/findings.js';
import { problemsOf, type Problem, type Quotable } from '../../config/issues.js';
import { isPlainKey } from '../../config/plain.js';
import { RotorError } from '../../rotation/errors.js';

/** One thing that is wrong with a request, and where: a member of its body, or a parameter of its address. */
export type RequestFault = {
  readonly detail: string;
  /** JSON Pointer into the body, as a fragment (RFC 6901, section 6); `#` is all of it. */
  readonly pointer?: string;
  readonly parameter?: string;
};

type Issues = Parameters<typeof problemsOf>[0];

/** More of them would not help anybody. */
const MOST_FAULTS = 50;

/** An error whose message holds every fault; `requestFaultsOf` gives them back. */
export function requestInvalid(issues: Issues, value: unknown, isBody: boolean): RotorError {
  const problems = problemsOf(issues, value, isBody ? isChoice : undefined).slice(0, MOST_FAULTS);
  const sentences = problems.map((problem) => `${placeOf(problem)}${formatWords(problem)}`);
  const faults = problems.map((problem): RequestFault => {
    const detail = formatWords(problem);
    const words = shownPath(problem);
    if (isBody) return { detail, pointer: pointerTo(words) };
    return words[0] === undefined ? { detail } : { detail, parameter: words[0] };
  });
  return new RotorError('request_invalid', sentences.join(' '), { cause: new RequestFaults(faults) });
}

/** The faults of a request that was refused for what it says; none of any other error. */
export function requestFaultsOf({ cause }: RotorError): readonly RequestFault[] {
  return cause instanceof RequestFaults ? cause.list : [];
}

class RequestFaults {
  constructor(readonly list: readonly RequestFault[]) {}
}

/** A body has members that a token may be pasted into: of its texts, only a word where one of several belongs. */
const isChoice: Quotable = (text, { code }) => code === 'invalid_value' && /^[a-z][a-z_-]{0,19}$/i.test(text);

function placeOf(problem: Problem): string {
  const words = shownPath(problem);
  return words.length === 0 ? '' : `${words.join('.')}: `;
}

/** As far as it can be shown. */
function shownPath({ path }: Problem): string[] {
  const hidden = path.findIndex((step) => !isPlainKey(step));
  return path.slice(0, hidden === -1 ? path.length : hidden).map(String);
}

function pointerTo(words: readonly string[]): string {
  const escaped = words.map((word) => encodeURIComponent(word.replaceAll('~', '~0').replaceAll('/', '~1')));
  return ['#', ...escaped].join('/');
}
