/** Why an agent with this environment would not use the token, or would send it in clear. */
export type Refusal = { readonly because: string; readonly hint: string };

export type AgentEnvironment = {
  /** In clear. */
  readonly plain: Readonly<Record<string, string>>;
  /** Variables whose value comes from elsewhere. */
  readonly referenced: ReadonlySet<string>;
};

const TOKEN = 'ELASTIC_APM_SECRET_TOKEN';
const API_KEY = 'ELASTIC_APM_API_KEY';
/** The Go agent reads the list as well, and prefers it (initServerURLs of elastic/apm-agent-go, transport/http.go). */
const URLS = ['ELASTIC_APM_SERVER_URLS', 'ELASTIC_APM_SERVER_URL'];

/** First hit refuses. The api_key wins over the secret_token in every agent. */
export function agentRefusal({ plain, referenced }: AgentEnvironment): Refusal | undefined {
  if (plain[TOKEN] !== undefined) {
    return {
      because: `has a token in clear in ${TOKEN}, and a restart would bring that one back`,
      hint: `Take it out, and let ${TOKEN} come from the secret.`,
    };
  }
  if (plain[API_KEY] !== undefined || referenced.has(API_KEY)) {
    return {
      because: `has ${API_KEY}, which an agent prefers to the token`,
      hint: `Take ${API_KEY} out, or do not rotate the token for it.`,
    };
  }
  return urlRefusal({ plain, referenced });
}

/** Every agent's default is http://localhost:8200. */
function urlRefusal({ plain, referenced }: AgentEnvironment): Refusal | undefined {
  const named = URLS.filter((name) => plain[name] !== undefined);
  const unencrypted = named.find((name) =>
    (plain[name] ?? '').split(',').some((url) => !/^https:\/\//i.test(url.trim())),
  );
  if (unencrypted !== undefined) {
    return {
      because: `would send the token in clear: ${unencrypted} is not https`,
      hint: `Give ${unencrypted} an https URL.`,
    };
  }
  if (named.length > 0 || URLS.some((name) => referenced.has(name))) return undefined;
  return {
    because: 'has no ELASTIC_APM_SERVER_URL, and the default of the agents is plain http',
    hint: 'Set ELASTIC_APM_SERVER_URL to the https URL of the APM Server.',
  };
}
