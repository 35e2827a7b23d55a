import { expect, it } from 'vitest';
import { renderFigure, renderTable } from './table.mjs';

it('the table aligns its columns and puts the notes below', () => {
  const table = renderTable([
    { name: 'pack', unit: 'ms', us: [2400], peer: [3200], target: { ratio: 0.75 }, note: '60 kernels' },
    { name: '  decode', unit: 'ms', us: [1900], peer: [2000] },
    { name: 'memory', unit: 'bytes', us: [320e6], target: { most: 300e6 } },
  ]);
  expect(table).toBe(
    [
      '            peer      us  ratio     target  met',
      'pack      3.20 s  2.40 s  0.75x   <= 0.75x  yes',
      '  decode  2.00 s  1.90 s  0.95x',
      'memory            320 MB         <= 300 MB   no',
      '',
      'pack: 60 kernels',
      '',
    ].join('\n'),
  );
});

it('a figure has three digits and the unit that suits it', () => {
  expect(renderFigure(0.9124, 'ms')).toBe('0.912 ms');
  expect(renderFigure(31.44, 'ms')).toBe('31.4 ms');
  expect(renderFigure(4160, 'ms')).toBe('4.16 s');
  expect(renderFigure(277_000, 'ms')).toBe('277 s');
  expect(renderFigure(313, 'bytes')).toBe('313 bytes');
  expect(renderFigure(18_800, 'bytes')).toBe('18.8 KB');
  expect(renderFigure(260_000_000, 'bytes')).toBe('260 MB');
  expect(renderFigure(0, 'ms')).toBe('0.00 ms');
});
