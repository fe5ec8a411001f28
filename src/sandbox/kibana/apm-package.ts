import { parse } from 'yaml';

export type Variable = { readonly type: string; readonly value?: unknown; readonly frozen?: boolean };
export type Variables = Readonly<Record<string, Variable>>;

const text = (value?: unknown): Variable => ({ type: 'text', ...(value !== undefined && { value }) });
const integer = (value: number): Variable => ({ type: 'integer', value });
const bool = (value: boolean): Variable => ({ type: 'bool', value });

/** The package's own defaults: elastic/integrations packages/apm/manifest.yml. */
export function packageDefaults(): Variables {
  return {
    host: text('localhost:8200'),
    url: text('http://localhost:8200'),
    secret_token: text(),
    api_key_enabled: bool(false),
    api_key_limit: integer(100),
    enable_rum: bool(true),
    anonymous_enabled: bool(true),
    anonymous_allow_agent: text(['rum-js', 'js-base', 'iOS/swift']),
    anonymous_allow_service: text([]),
    anonymous_rate_limit_event_limit: integer(300),
    anonymous_rate_limit_ip_limit: integer(1000),
    default_service_environment: text(),
    max_event_bytes: integer(307_200),
    shutdown_timeout: text('30s'),
    rum_response_headers: { type: 'yaml' },
    tls_enabled: bool(false),
    tls_certificate: text(),
    tls_key: text(),
    tail_sampling_enabled: bool(false),
    tail_sampling_policies: { type: 'yaml', value: '- sample_rate: 0.1\n' },
  };
}

/**
 * Those of a deployment of Elastic Cloud, as recorded in elastic/apm-server
 * integrationservertest/internal/kibana/testdata/fixtures/TestClient_GetPackagePolicyByID.yaml: what the platform owns
 * is frozen, the token is not, and API keys are on.
 */
export function hostedVariables(apmUrl: string, token: string): Variables {
  const frozen = (variable: Variable): Variable => ({ ...variable, frozen: true });
  return {
    ...packageDefaults(),
    host: frozen(text('0.0.0.0:8200')),
    url: frozen(text(apmUrl)),
    secret_token: text(token),
    api_key_enabled: bool(true),
    tls_enabled: frozen(bool(true)),
    tls_certificate: frozen(text('/app/config/certs/node.crt')),
    tls_key: frozen(text('/app/config/certs/node.key')),
  };
}

/** The lines of elastic/integrations packages/apm/agent/input/template.yml.hbs that decide who is let in. */
const TEMPLATE = `apm-server:
  auth:
    anonymous:
      enabled: {{anonymous_enabled}}
    api_key:
      enabled: {{api_key_enabled}}
      limit: {{api_key_limit}}
    secret_token: {{secret_token}}
  host: {{host}}
  shutdown_timeout: {{shutdown_timeout}}
`;

export type Compiled = {
  readonly 'apm-server': {
    readonly auth: { readonly api_key?: { readonly enabled?: unknown }; readonly secret_token?: unknown };
  };
};

/**
 * Handlebars without escaping, then a YAML parser: a token that YAML reads as something else becomes that
 * (elastic/kibana x-pack/platform/plugins/shared/fleet/server/services/epm/agent/agent.ts). Throws what the parser throws.
 */
export function compile(variables: Variables): Compiled {
  const filled = TEMPLATE.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => written(variables[name]?.value));
  return parse(filled) as Compiled;
}

function written(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (isSecretReference(value)) return `$co.elastic.secret{${value.id}}`;
  return asText(value);
}

/** As it stands in a template: what is text already, without quotes. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** How Fleet shows a value that it holds as a secret: server/services/secrets in the same folder. */
export function isSecretReference(value: unknown): value is { id: string; isSecretRef: true } {
  return typeof value === 'object' && value !== null && 'isSecretRef' in value && value.isSecretRef === true;
}
