import type { Config } from '../../../config/index.js';
import { exceptionsTo, LONG_GAP, matcherOf } from '../alert-terms.js';
import { DATASOURCE, laidOut } from './grafana.js';
import { rowsFor, type LongGap } from './rows.js';

/** How the dashboard is called, and the name in its address, by which Grafana finds the one that it takes the place of. */
export type Named = { readonly title: string; readonly uid: string };

/** Of Grafana 11; newer ones read it and bring it up to date. */
const SCHEMA_VERSION = 39;

/** As Grafana imports it, by hand or from a folder of its provisioning. */
export function dashboardOf({ rotations, notifiers, server }: Config, { title, uid }: Named): object {
  const rows = rowsFor({
    hasMaxAge: rotations.some(({ maxAgeMs }) => maxAgeMs !== undefined),
    hasNotifiers: Object.keys(notifiers).length > 0,
    longGaps: longGapsOf(rotations),
  });
  return {
    uid,
    title,
    tags: ['rotor'],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    refresh: '1m',
    time: { from: 'now-7d', to: 'now' },
    timezone: 'utc',
    links: server.baseUrl === undefined ? [] : [linkTo(server.baseUrl)],
    templating: { list: [DATASOURCES, ROTATIONS] },
    annotations: { list: [] },
    panels: laidOut(rows),
  };
}

/** As the alert has it: what most have first, also for a rotation that is added later. */
function longGapsOf(rotations: Config['rotations']): LongGap[] {
  const exceptions = exceptionsTo(LONG_GAP, rotations);
  const others = exceptions.flatMap(([, those]) => those);
  return [
    { seconds: LONG_GAP.shippedS, ...(others.length > 0 && { only: matcherOf('!~', others) }) },
    ...exceptions.map(([seconds, those]) => ({ seconds, only: matcherOf('=~', those) })),
  ];
}

function linkTo(url: string): object {
  return { type: 'link', title: 'Rotor', url, targetBlank: true, icon: 'external link' };
}

const DATASOURCES = {
  type: 'datasource',
  name: 'datasource',
  label: 'Prometheus',
  query: 'prometheus',
  refresh: 1,
};

const ALL_ROTATIONS = 'label_values(rotor_rotation_paused, rotation)';
const ROTATIONS = {
  type: 'query',
  name: 'rotation',
  label: 'Rotation',
  datasource: DATASOURCE,
  definition: ALL_ROTATIONS,
  query: { query: ALL_ROTATIONS, refId: 'rotations' },
  // Each time that the range of time changes: rotations are added without Grafana.
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: ['All'], value: ['$__all'] },
};
