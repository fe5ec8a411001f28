import { table } from '../../src/cli/print.js';
import { sentenceOf, type Machine } from './machine.js';
import { ratioOf, verdictOf, type Row, type Unit } from './row.js';

export type Measured = Row & { readonly scenario: string };

/** One table, and under it what a number cannot say for itself. */
export function render(rows: readonly Measured[], where: Machine): string {
  const notes: string[] = [];
  const cells = rows.map((row) => {
    const mark = row.note === undefined ? '' : ` [${notes.push(row.note)}]`;
    const ratio = ratioOf(row);
    return [
      row.scenario,
      `${row.what}${mark}`,
      row.value === null ? 'not measured' : amount(row.value, row.unit),
      row.bound === null ? '–' : `≤ ${amount(row.bound, row.unit)}`,
      ratio === null ? '–' : ratio.toFixed(2),
      row.value === null ? '–' : verdictOf(row),
      row.count === undefined ? '–' : `n=${row.count}`,
    ];
  });
  const head = ['SCENARIO', 'WHAT', 'MEASURED', 'BOUND', 'RATIO', 'VERDICT', 'COUNT'];
  const told = notes.map((note, index) => `[${index + 1}] ${note}`);
  return [table(head, cells), ...told, sentenceOf(where)].join('\n');
}

export function asObject(rows: readonly Measured[], where: Machine): object {
  return {
    machine: where,
    rows: rows.map((row) => ({ ...row, ratio: ratioOf(row), verdict: verdictOf(row) })),
  };
}

function amount(value: number, unit: Unit): string {
  const digits = unit === '×' || value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}
