import { authorizationOf, withBearer } from '../../otlp-headers.js';
import type { EnvValue } from './env.js';
import { FormProblem } from './form.js';

/** The bearer token among the headers of an OTLP exporter. */
export const OTLP_HEADERS_VALUE: EnvValue = {
  read: (list) => {
    const authorization = authorizationOf(list);
    if (authorization.kind === 'bearer') return authorization.token;
    if (authorization.kind === 'absent') return undefined;
    throw new FormProblem(
      authorization.kind === 'several'
        ? 'has several Authorizations in its list of headers'
        : 'has an Authorization in its list of headers that is no bearer token but another credential, such as an API key',
      'Leave one Authorization, with the scheme Bearer, or none.',
    );
  },
  write: (list, token) => withBearer(list ?? '', token),
};
