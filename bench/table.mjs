// The table that a run ends with.

import { judge } from './statistics.mjs';

/** @typedef {import('./statistics.mjs').Row} Row */
/** @typedef {import('./statistics.mjs').Unit} Unit */
/** @typedef {import('./statistics.mjs').Target} Target */

const HEADINGS = ['', 'peer', 'us', 'ratio', 'target', 'met'];

/**
 * Rows below each other, figures to the right, notes below.
 * @param {readonly Row[]} rows
 */
export function renderTable(rows) {
  const lines = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const table = lines.map((line) => {
    const padded = line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return padded.join('  ').trimEnd();
  });
  const notes = rows.flatMap(({ name, note }) => (note === undefined ? [] : [`${name.trim()}: ${note}`]));
  return `${[...table, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')}\n`;
}

/** @param {Row} row */
function cells(row) {
  const { us, peer, ratio, met } = judge(row);
  return [
    row.name,
    peer === undefined ? '' : renderFigure(peer, row.unit),
    renderFigure(us, row.unit),
    ratio === undefined ? '' : renderRatio(ratio),
    row.target === undefined ? '' : renderTarget(row.target, row.unit),
    met === undefined ? '' : met ? 'yes' : 'no',
  ];
}

/**
 * @param {Target} target
 * @param {Unit} unit
 */
function renderTarget(target, unit) {
  return `<= ${'ratio' in target ? renderRatio(target.ratio) : renderFigure(target.most, unit)}`;
}

/** @param {number} ratio */
function renderRatio(ratio) {
  return `${ratio.toFixed(2)}x`;
}

/**
 * Three significant digits, so that no figure looks more exact than it is; whole bytes below 1 KB.
 * @param {number} figure
 * @param {Unit} unit
 */
export function renderFigure(figure, unit) {
  /** @type {[number, string][]} */
  const steps =
    unit === 'ms'
      ? [
          [1000, 's'],
          [1, 'ms'],
        ]
      : [
          [1e6, 'MB'],
          [1e3, 'KB'],
        ];
  const step = steps.find(([size]) => figure >= size) ?? (unit === 'ms' ? [1, 'ms'] : [1, 'bytes']);
  return `${threeDigits(figure / step[0])} ${step[1]}`;
}

/** @param {number} value */
function threeDigits(value) {
  const digits = value === 0 ? 1 : Math.floor(Math.log10(value)) + 1;
  return value.toFixed(Math.max(0, Math.min(3, 3 - digits)));
}
