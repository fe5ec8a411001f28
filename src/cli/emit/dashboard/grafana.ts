/** As much of a dashboard as is used here: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
export type Panel = {
  readonly title: string;
  readonly about?: string;
  readonly type: 'stat' | 'timeseries' | 'table';
  readonly queries: readonly Query[];
  /** Of Grafana: `s` and `dtdurations` are seconds, `percentunit` is 1 for the whole. */
  readonly unit?: string;
  /** The lowest value of each colour; what is below the first is green. */
  readonly from?: { readonly orange?: number; readonly red?: number };
  /** Of 24 columns. */
  readonly width: number;
};

export type Query = {
  readonly expr: string;
  /** A series by its labels, `{{rotation}}`; of a table the head of the column. */
  readonly as: string;
  /** Of a column, where it is another one than that of the panel. */
  readonly unit?: string;
};

export type Row = { readonly title: string; readonly panels: readonly Panel[] };

type Place = { readonly x: number; readonly y: number; readonly w: number; readonly h: number };

export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;
const COLUMNS = 24;
const HEIGHTS: Readonly<Record<Panel['type'], number>> = { stat: 4, timeseries: 8, table: 9 };

/** One below the other, and the panels of each from left to right. */
export function laidOut(rows: readonly Row[]): object[] {
  const placed: object[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y += 1;
    let [x, height] = [0, 0];
    for (const panel of panels) {
      if (x + panel.width > COLUMNS) [x, y, height] = [0, y + height, 0];
      const place = { x, y, w: panel.width, h: HEIGHTS[panel.type] };
      placed.push(panelAt(placed.length + 1, panel, place));
      x += panel.width;
      height = Math.max(height, place.h);
    }
    y += height;
  }
  return placed;
}

function panelAt(id: number, panel: Panel, gridPos: Place): object {
  const { title, about, type, queries, unit, from } = panel;
  const isTable = type === 'table';
  return {
    id,
    type,
    title,
    ...(about !== undefined && { description: about }),
    gridPos,
    datasource: DATASOURCE,
    targets: queries.map(({ expr, as }, index) => ({
      refId: refOf(index),
      datasource: DATASOURCE,
      expr,
      ...(isTable ? { format: 'table' } : { legendFormat: as }),
      ...(type !== 'timeseries' && { instant: true, range: false }),
    })),
    fieldConfig: {
      defaults: { ...(unit !== undefined && { unit }), ...coloured(from), ...drawn(type, from) },
      overrides: isTable ? queries.map(columnOf) : [],
    },
    options: optionsOf(type),
    ...(isTable && { transformations: JOINED }),
  };
}

function refOf(index: number): string {
  return String.fromCodePoint('A'.codePointAt(0)! + index);
}

function coloured(from: Panel['from']): object {
  const steps = [
    { color: 'green', value: null },
    ...(from?.orange === undefined ? [] : [{ color: 'orange', value: from.orange }]),
    ...(from?.red === undefined ? [] : [{ color: 'red', value: from.red }]),
  ];
  return from === undefined ? {} : { thresholds: { mode: 'absolute', steps } };
}

function drawn(type: Panel['type'], from: Panel['from']): object {
  if (type !== 'timeseries') return {};
  const thresholdsStyle = { mode: from === undefined ? 'off' : 'line' };
  return { min: 0, custom: { drawStyle: 'line', fillOpacity: 10, spanNulls: false, thresholdsStyle } };
}

/** The queries of a table are told apart by their letters. */
function columnOf({ as, unit }: Query, index: number): object {
  const properties = [
    { id: 'displayName', value: as },
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
  ];
  return { matcher: { id: 'byName', options: `Value #${refOf(index)}` }, properties };
}

const JOINED = [
  { id: 'merge', options: {} },
  { id: 'organize', options: { excludeByName: { Time: true } } },
];

function optionsOf(type: Panel['type']): object {
  switch (type) {
    case 'stat':
      return {
        colorMode: 'value',
        graphMode: 'none',
        reduceOptions: { calcs: ['lastNotNull'], values: false },
      };
    case 'timeseries':
      return {
        legend: { displayMode: 'list', placement: 'bottom' },
        tooltip: { mode: 'multi', sort: 'desc' },
      };
    case 'table':
      return { showHeader: true };
  }
}
