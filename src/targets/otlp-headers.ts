/**
 * The list of headers of an OTLP exporter: `name=value,name=value`, values percent-encoded
 * (open-telemetry/opentelemetry-specification: specification/protocol/exporter.md).
 */

/** What the list says of Authorization. `other`: another scheme, such as an API key. */
export type Authorization =
  { readonly kind: 'bearer'; readonly token: string } | { readonly kind: 'other' | 'absent' | 'several' };

export function authorizationOf(list: string): Authorization {
  const own = list.split(',').filter(isAuthorization);
  if (own.length > 1) return { kind: 'several' };
  const [entry] = own;
  if (entry === undefined) return { kind: 'absent' };
  const bearer = BEARER.exec(entry);
  return bearer?.groups === undefined
    ? { kind: 'other' }
    : { kind: 'bearer', token: decoded(bearer.groups['token'] ?? '') };
}

/** The list with this token as its bearer, and every other entry as it was. */
export function withBearer(list: string, token: string): string {
  const encoded = encodedToken(token);
  const entries = list.split(',');
  const at = entries.findIndex(isAuthorization);
  const entry = entries[at];
  if (entry === undefined) {
    const kept = list.trim() === '' ? '' : `${list.replace(/[\s,]+$/, '')},`;
    return `${kept}Authorization=Bearer ${encoded}`;
  }
  const { head = 'Authorization=Bearer ', tail = '' } = BEARER.exec(entry)?.groups ?? {};
  return entries.with(at, `${head}${encoded}${tail}`).join(',');
}

const BEARER = /^(?<head>\s*authorization\s*=\s*bearer(?:\s|%20|\+)+)(?<token>\S*?)(?<tail>\s*)$/i;

function isAuthorization(entry: string): boolean {
  return /^\s*authorization\s*=/i.test(entry);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** encodeURIComponent leaves five characters that some reader of such lists, or a shell, takes as its own. */
function encodedToken(token: string): string {
  return encodeURIComponent(token).replaceAll(
    /[!'()*]/g,
    (each) => `%${each.codePointAt(0)?.toString(16).toUpperCase()}`,
  );
}
