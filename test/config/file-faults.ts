import type { Fault } from './faults.js';

/** Of a target of type file: what the file is, and where the token stands in it. */
export const FILE_FAULTS: readonly Fault[] = [
  [
    'a format with a slip of the pen',
    { targets: '    targets: [{ type: file, path: /a, format: propertys }]' },
    '8:47 rotations.0.targets.0.format: found "propertys", expected one of: plain, properties, nodejs, env, yaml, ini, json, xml, gradle-properties, otel-bearer. Did you mean properties?',
  ],
  [
    'a format without a place for the token',
    { targets: '    targets: [{ type: file, path: /a, format: yaml }]' },
    '8:47 rotations.0.targets.0.format: found "yaml", expected a key too. This format has no place of its own for the token.',
  ],
  [
    'an agent whose format is another one',
    { targets: '    targets: [{ type: file, path: /a, agent: go, format: json }]' },
    '8:58 rotations.0.targets.0.format: found "json", expected a key too. This format has no place of its own for the token.',
  ],
  [
    'a place in a file that is the token',
    { targets: '    targets: [{ type: file, path: /a, key: x }]' },
    '8:44 rotations.0.targets.0.key: found "x", expected no key. The file holds the token and nothing else.',
  ],
  [
    'a URL of a target without TLS',
    { targets: '    targets: [{ type: file, path: /a, agent: php, serverUrl: "http://a" }]' },
    '8:62 rotations.0.targets.0.serverUrl: found "http://a", expected an https URL without user, password, query or fragment. Over plain http the API key and the tokens would go in clear.',
  ],
  [
    'an agent in a browser',
    { targets: '    targets: [{ type: file, path: /a, agent: rum-js }]' },
    '8:46 rotations.0.targets.0.agent: found "rum-js", expected an agent of a service: a RUM agent must never carry the token, as it shows whatever it is given to everybody with a browser. Take the target out, and let the APM Server allow anonymous agents with a rate limit.',
  ],
  [
    'an agent with a slip of the pen',
    { targets: '    targets: [{ type: file, path: /a, agent: jav }]' },
    '8:46 rotations.0.targets.0.agent: found "jav", expected one of: android, dotnet, go, ios, java, nodejs, php, python, ruby, otlp, otel-collector, k8s-attacher. Did you mean java?',
  ],
];
