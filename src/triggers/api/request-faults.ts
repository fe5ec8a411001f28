import { RotorError } from '../../rotation/errors.js';

/** One thing that is wrong with a request, and where: a member of its body, or a parameter of its address. */
export type RequestFault = {
  readonly detail: string;
  /** JSON Pointer into the body, as a fragment (RFC 6901, section 6); `#` is all of it. */
  readonly pointer?: string;
  readonly parameter?: string;
};

type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
};

/** More of them would not help anybody. */
const MOST_FAULTS = 50;

/** An error whose message holds every fault; `requestFaultsOf` gives them back. */
export function requestInvalid(issues: readonly Issue[], isBody: boolean): RotorError {
  const told = issues.slice(0, MOST_FAULTS).map(({ message, path = [] }) => {
    const words = path.map((part) => String(typeof part === 'object' ? part.key : part));
    return { message, words };
  });
  const sentences = told.map(({ message, words }) => [words.join('.'), message].filter(Boolean).join(': '));
  const faults = told.map(({ message, words: [first, ...rest] }): RequestFault => {
    if (isBody) return { detail: message, pointer: pointerTo(first === undefined ? [] : [first, ...rest]) };
    return first === undefined ? { detail: message } : { detail: message, parameter: first };
  });
  return new RotorError('request_invalid', sentences.join('; '), { cause: new RequestFaults(faults) });
}

/** The faults of a request that was refused for what it says; none of any other error. */
export function requestFaultsOf({ cause }: RotorError): readonly RequestFault[] {
  return cause instanceof RequestFaults ? cause.list : [];
}

class RequestFaults {
  constructor(readonly list: readonly RequestFault[]) {}
}

function pointerTo(words: readonly string[]): string {
  const escaped = words.map((word) => encodeURIComponent(word.replaceAll('~', '~0').replaceAll('/', '~1')));
  return ['#', ...escaped].join('/');
}
