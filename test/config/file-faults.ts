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
];
