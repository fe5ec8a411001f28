import type { Agent } from './agent.js';

const SECRET_TOKEN = 'ELASTIC_APM_SECRET_TOKEN';
const SERVER_URL = 'ELASTIC_APM_SERVER_URL';
const API_KEY = 'ELASTIC_APM_API_KEY';
const OTLP_HEADERS = 'OTEL_EXPORTER_OTLP_HEADERS';

/** The agents of Elastic APM, and what stands between them and the APM Server: what each of them reads, and when. */
export const AGENTS = {
  java: {
    title: 'Java',
    kind: 'server',
    token: [{ env: SECRET_TOKEN, file: 'secret_token' }],
    url: [
      { env: SERVER_URL, file: 'server_url' },
      { env: 'ELASTIC_APM_SERVER_URLS', file: 'server_urls', list: 'all' },
    ],
    urlDefault: 'http://127.0.0.1:8200',
    apiKey: [{ env: API_KEY, file: 'api_key' }],
    takes: {
      file: 'itself',
      environment: 'restart',
      how: 'From 1.35.0 on, an elasticapm.properties outside the jar is read again every 30 s, and the token is taken with the next intake request: within 40 s. Before 1.35.0, and from the environment: a restart. The file wins over the environment.',
    },
    on401: 'Drops the events of the request, waits 0, 1, 4 … 36 s, and keeps up to 512 events meanwhile.',
    source: [
      'elastic/apm-agent-java: apm-agent-core/src/main/java/co/elastic/apm/agent/report/ReporterConfigurationImpl.java',
      'elastic/apm-agent-java: apm-agent-core/src/main/java/co/elastic/apm/agent/impl/ElasticApmTracerBuilder.java',
      'elastic/apm-agent-java: docs/reference/config-reporter.md',
    ],
  },
  go: {
    title: 'Go',
    kind: 'server',
    token: [{ env: SECRET_TOKEN }],
    url: [{ env: 'ELASTIC_APM_SERVER_URLS', list: 'all' }, { env: SERVER_URL }],
    urlDefault: 'http://localhost:8200',
    apiKey: [{ env: API_KEY }],
    takes: { file: 'restart', environment: 'restart', how: 'A new token takes a restart.' },
    on401:
      'Drops the events of the request, waits 0, 1, 4 … 36 s, and keeps 1 MB, the newest. It says so at the level debug only.',
    source: ['elastic/apm-agent-go: transport/http.go', 'elastic/apm-agent-go: tracer.go'],
  },
  nodejs: {
    title: 'Node.js',
    kind: 'server',
    token: [{ env: SECRET_TOKEN, file: 'secretToken' }],
    url: [{ env: SERVER_URL, file: 'serverUrl' }],
    urlDefault: 'http://127.0.0.1:8200',
    apiKey: [{ env: API_KEY, file: 'apiKey' }],
    takes: {
      file: 'restart',
      environment: 'restart',
      how: 'A new token takes a restart. The file is to be elastic-apm-node.js in the working directory, or named by ELASTIC_APM_CONFIG_FILE: where code names it (start({ configFile })), 4.18.0 prints the token. The environment wins over the file.',
    },
    on401:
      'Drops the events of the request, at most 10 s of them, waits 0, 1, 4 … 36 s, and keeps 1024 events.',
    source: [
      'elastic/apm-agent-nodejs: lib/apm-client/http-apm-client/index.js',
      'elastic/apm-agent-nodejs: lib/config/schema.js',
    ],
  },
  python: {
    title: 'Python',
    kind: 'server',
    token: [{ env: SECRET_TOKEN, file: 'SECRET_TOKEN' }],
    url: [{ env: SERVER_URL, file: 'SERVER_URL' }],
    urlDefault: 'http://127.0.0.1:8200',
    apiKey: [{ env: API_KEY, file: 'API_KEY' }],
    takes: { file: 'restart', environment: 'restart', how: 'A new token takes a restart.' },
    on401: 'Drops the events of the request, and all that come while it waits 0, 1, 4 … 36 s.',
    source: [
      'elastic/apm-agent-python: elasticapm/transport/http.py',
      'elastic/apm-agent-python: elasticapm/conf/__init__.py',
    ],
  },
  ruby: {
    title: 'Ruby',
    kind: 'server',
    token: [{ env: SECRET_TOKEN, file: 'secret_token' }],
    url: [{ env: SERVER_URL, file: 'server_url' }],
    urlDefault: 'http://localhost:8200',
    apiKey: [{ env: API_KEY, file: 'api_key' }],
    takes: {
      file: 'restart',
      environment: 'restart',
      how: 'A new token takes a restart. The environment wins over the file.',
    },
    on401: 'Drops the events of the request and tries again at once; keeps 256 events.',
    source: [
      'elastic/apm-agent-ruby: lib/elastic_apm/config.rb',
      'elastic/apm-agent-ruby: lib/elastic_apm/transport/connection.rb',
    ],
  },
  php: {
    title: 'PHP',
    kind: 'server',
    token: [{ env: SECRET_TOKEN, file: 'elastic_apm.secret_token' }],
    url: [{ env: SERVER_URL, file: 'elastic_apm.server_url' }],
    urlDefault: 'http://localhost:8200',
    apiKey: [{ env: API_KEY, file: 'elastic_apm.api_key' }],
    takes: {
      file: 'reload',
      environment: 'restart',
      how: 'A new token takes a reload of php-fpm (USR2) or of Apache (graceful). From the environment: a restart.',
    },
    on401: 'Drops the events of the request, and all that come while each process waits 0, 1, 4 … 36 s.',
    source: [
      'elastic/apm-agent-php: agent/native/ext/backend_comm.cpp',
      'elastic/apm-agent-php: agent/native/ext/backend_comm_backoff.cpp',
    ],
  },
  dotnet: {
    title: '.NET',
    kind: 'server',
    token: [{ env: 'ElasticApm__SecretToken', file: 'ElasticApm:SecretToken' }, { env: SECRET_TOKEN }],
    url: [
      { env: 'ElasticApm__ServerUrl', file: 'ElasticApm:ServerUrl' },
      { env: SERVER_URL },
      { env: 'ElasticApm__ServerUrls', file: 'ElasticApm:ServerUrls', list: 'first' },
      { env: 'ELASTIC_APM_SERVER_URLS', list: 'first' },
    ],
    urlDefault: 'http://localhost:8200',
    apiKey: [{ env: 'ElasticApm__ApiKey', file: 'ElasticApm:ApiKey' }, { env: API_KEY }],
    caseless: true,
    takes: {
      file: 'restart',
      environment: 'restart',
      how: 'A new token takes a restart. IIS restarts the application by itself when its Web.config changes.',
    },
    on401:
      'Drops a batch of at most 10 events, does not wait, keeps 1000 events; an error in the log for each.',
    source: [
      'elastic/apm-agent-dotnet: src/Elastic.Apm/BackendComm/BackendCommUtils.cs',
      'elastic/apm-agent-dotnet: docs/reference/config-all-options-summary.md',
    ],
  },
  android: {
    title: 'Android (EDOT)',
    kind: 'mobile',
    token: [],
    url: [],
    apiKey: [],
    takes: {
      file: 'release',
      environment: 'release',
      how: 'A new token takes a release of the app. An app that asks your own backend for its credential can call setExportEndpointConfiguration at any time.',
    },
    on401: 'A batch is lost: OTLP does not repeat after a 401.',
    source: ['elastic/apm-agent-android: docs/reference/edot-android/configuration.md'],
  },
  ios: {
    title: 'iOS (EDOT)',
    kind: 'mobile',
    token: [{ env: OTLP_HEADERS }],
    url: [],
    apiKey: [],
    takes: {
      file: 'release',
      environment: 'release',
      how: 'A new token takes a release of the app, and its next launch. A simulator reads its environment at launch.',
    },
    on401: 'A batch is lost: OTLP does not repeat after a 401.',
    source: [
      'elastic/apm-agent-ios: docs/reference/edot-ios/configuration.md',
      'elastic/apm-agent-ios: Sources/apm-agent-ios/OpenTelemetryInitializer.swift',
    ],
  },
  rum: {
    title: 'RUM (browser)',
    kind: 'browser',
    token: [],
    url: [],
    apiKey: [],
    takes: {
      file: 'release',
      environment: 'release',
      how: 'Nothing: it has no token, and must not have one.',
    },
    on401: 'It is let in without a token, where the APM Server allows anonymous agents.',
    source: ['elastic/apm-agent-rum-js: docs/reference/configuration.md'],
  },
  otlp: {
    title: 'OpenTelemetry SDK (OTLP)',
    kind: 'otlp',
    token: [{ env: OTLP_HEADERS }],
    url: [{ env: 'OTEL_EXPORTER_OTLP_ENDPOINT' }],
    urlDefault: 'http://localhost:4318',
    apiKey: [],
    takes: { file: 'restart', environment: 'restart', how: 'A new token takes a restart.' },
    on401: 'A batch is lost: OTLP does not repeat after a 401.',
    source: [
      'elastic/elastic-otel-java: docs/reference/edot-java/configuration.md',
      'open-telemetry/opentelemetry-specification: specification/protocol/exporter.md',
    ],
  },
  'otel-collector': {
    title: 'OpenTelemetry Collector',
    kind: 'forwarder',
    token: [],
    url: [],
    apiKey: [],
    takes: {
      file: 'itself',
      environment: 'restart',
      how: 'The file of bearertokenauth is watched, and the token is taken with the next request. Between v0.139 and v0.144 some versions do not see a change of a Secret or ConfigMap that Kubernetes mounts: look, or restart.',
    },
    on401: 'A batch is lost: OTLP does not repeat after a 401.',
    source: ['open-telemetry/opentelemetry-collector-contrib: extension/bearertokenauthextension/README.md'],
  },
  'lambda-extension': {
    title: 'AWS Lambda extension',
    kind: 'forwarder',
    token: [{ env: 'ELASTIC_APM_SECRETS_MANAGER_SECRET_TOKEN_ID' }, { env: SECRET_TOKEN }],
    url: [{ env: 'ELASTIC_APM_LAMBDA_APM_SERVER' }],
    apiKey: [{ env: 'ELASTIC_APM_SECRETS_MANAGER_API_KEY_ID' }, { env: API_KEY }],
    takes: {
      file: 'restart',
      environment: 'restart',
      how: 'A new token takes new execution environments: the secret is read once, at a cold start.',
    },
    on401: 'Drops what it holds, waits up to 5 s and then 1, 4 … 36 s, and keeps 100 pieces of agent data.',
    source: ['elastic/apm-aws-lambda: app/aws.go', 'elastic/apm-aws-lambda: app/app.go'],
  },
  'k8s-attacher': {
    title: 'Kubernetes attacher',
    kind: 'forwarder',
    token: [{ env: SECRET_TOKEN, file: 'apm.secret_token' }],
    url: [{ env: SERVER_URL }],
    urlDefault: 'http://$(HOST_IP):8200',
    apiKey: [{ env: API_KEY, file: 'apm.api_key' }],
    takes: {
      file: 'restart',
      environment: 'restart',
      how: 'A new token takes new pods (kubectl rollout restart): the token goes into a pod when it is created.',
    },
    on401: 'As the agent in the pod does.',
    source: [
      'elastic/apm-k8s-attacher: charts/apm-attacher/values.yaml',
      'elastic/apm-k8s-attacher: config.go',
    ],
  },
} as const satisfies Record<string, Agent>;

export type AgentKind = keyof typeof AGENTS;

export function agentOf(kind: AgentKind): Agent {
  return AGENTS[kind];
}
