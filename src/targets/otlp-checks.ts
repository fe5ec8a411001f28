import type { AgentSettings } from './agent-settings.js';
import { elsewhere, problemOf, type AgentCheck, type Place } from './agent-urls.js';
import { authorizationOf } from './otlp-headers.js';

const SIGNALS = ['TRACES', 'METRICS', 'LOGS'] as const;
const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const HEADERS = 'OTEL_EXPORTER_OTLP_HEADERS';

/**
 * Each signal has an endpoint and headers of its own where its variable is set, and those of all signals otherwise; a
 * signal that no header with a token goes with may go where it likes.
 * (open-telemetry/opentelemetry-specification: specification/protocol/exporter.md)
 */
export function checkOtlp(settings: AgentSettings, place: Place): AgentCheck {
  const perSignal = SIGNALS.filter((signal) => settings.get(`OTEL_${signal}_EXPORTER`) !== 'none').map(
    (signal) => checkSignal(signal, settings, place),
  );
  const general = schemeProblem(HEADERS, settings, place);
  return {
    refusals: unique([...general, ...perSignal.flatMap(({ refusals }) => refusals)]),
    findings: unique(perSignal.flatMap(({ findings }) => findings)),
  };
}

function checkSignal(signal: (typeof SIGNALS)[number], settings: AgentSettings, place: Place): AgentCheck {
  const ownHeaders = `OTEL_EXPORTER_OTLP_${signal}_HEADERS`;
  const own = settings.get(ownHeaders);
  if (own !== undefined && own !== '' && ownHeaders !== place.tokenAt)
    return overridden(signal, ownHeaders, settings, place);
  return checkEndpoint(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, settings, place);
}

function overridden(signal: string, name: string, settings: AgentSettings, { where }: Place): AgentCheck {
  const value = settings.get(name);
  const what = signal.toLowerCase();
  if (typeof value !== 'string') {
    return {
      refusals: [],
      findings: [
        `${where}: ${name} comes from elsewhere and was not seen; for ${what} it stands in place of ${HEADERS}.`,
      ],
    };
  }
  if (authorizationOf(value).kind === 'absent') {
    return {
      refusals: [],
      findings: [
        `${where}: ${name} has no Authorization and stands in place of ${HEADERS}: ${what} may go without the token.`,
      ],
    };
  }
  return {
    refusals: [
      `${where}: ${name} has an Authorization of its own, which wins for ${what}: the rotation would not reach them; move it to ${HEADERS}.`,
    ],
    findings: [],
  };
}

function checkEndpoint(ownName: string, settings: AgentSettings, place: Place): AgentCheck {
  const { where, serverUrl } = place;
  const name = [ownName, ENDPOINT].find((each) => (settings.get(each) ?? '') !== '');
  if (name === undefined) {
    if (serverUrl !== undefined)
      return { refusals: [], findings: elsewhere('serverUrl of the target', serverUrl, place) };
    return {
      refusals: [
        `${where}: ${ENDPOINT} is not set, and the default, http://localhost:4318, would show the token to whoever listens there: set it to an https URL.`,
      ],
      findings: [],
    };
  }
  const value = settings.get(name);
  if (typeof value !== 'string') {
    return {
      refusals: [],
      findings: [`${where}: ${name} comes from elsewhere and was not seen; see that it is an https URL.`],
    };
  }
  const problem = problemOf(value.trim());
  return {
    refusals: problem === undefined ? [] : [`${where}: ${name} ${problem}`],
    findings: elsewhere(name, value.trim(), place),
  };
}

/** An API key in the list is the token's rival, and two Authorizations are nobody's. */
function schemeProblem(name: string, settings: AgentSettings, { where }: Place): string[] {
  const value = settings.get(name);
  if (typeof value !== 'string') return [];
  const { kind } = authorizationOf(value);
  if (kind === 'other') {
    return [
      `${where}: the Authorization in ${name} is no bearer token but another credential, such as an API key: the rotation would take it away; remove it first.`,
    ];
  }
  if (kind === 'several') {
    return [
      `${where}: ${name} has several Authorizations, and it is not clear which of them is sent: leave one.`,
    ];
  }
  return [];
}

function unique(sentences: readonly string[]): readonly string[] {
  return [...new Set(sentences)];
}
