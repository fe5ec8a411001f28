import { RotorError } from '../rotation/errors.js';
import { methodsAt } from './api/operations/index.js';

type Asked = { readonly method: string; readonly url: string };

/** Of a request that no operation takes. What stands behind the `?` is not repeated: it may be a token. */
export function unknownRoute({ method, url }: Asked): RotorError {
  const [path = ''] = url.split('?');
  const hint = '`GET /openapi.json` lists what can be asked, and where.';
  const methods = allowedAt(url);
  if (methods.length === 0) return new RotorError('not_found', `there is nothing at ${path}`, { hint });
  const sentence = `${path}: found ${method}, expected ${methods.join(' or ')}`;
  return new RotorError('method_not_allowed', sentence, { hint });
}

/** What the header `Allow` says. */
export function allowedAt(url: string): string[] {
  const [path = ''] = url.split('?');
  return methodsAt(path).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}
