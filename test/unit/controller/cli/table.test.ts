import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { createPaint, PLAIN, printable } from '../../../../controller/cli/paint.ts';
import { type Column, renderTable } from '../../../../controller/cli/table.ts';

interface Row {
  readonly name: string;
  readonly count: number;
  readonly note: string;
}

const columns: Column<Row>[] = [
  { header: 'NAME', cell: ({ name }) => name, tone: () => 'good' },
  { header: 'COUNT', align: 'right', cell: ({ count }) => String(count) },
  { header: 'NOTE', wide: true, cell: ({ note }) => note },
];
const rows: Row[] = [
  { name: 'a', count: 7, note: 'short' },
  { name: 'much-longer', count: 12_345_678, note: '' },
];

const paintFor = (env: Record<string, string>, { isTTY = true, color = true } = {}) =>
  createPaint({ stdout: { write: () => {}, isTTY }, env }, { color });

describe('renderTable', () => {
  it('makes columns as wide as what is in them, three spaces apart', () => {
    assert.equal(
      renderTable(rows, columns, { wide: false, paint: PLAIN }),
      ['NAME             COUNT', 'a                    7', 'much-longer   12345678', ''].join('\n'),
    );
  });

  it('shows the wide columns when asked, with no space at the end of a line', () => {
    assert.equal(
      renderTable(rows, columns, { wide: true, paint: PLAIN }),
      ['NAME             COUNT   NOTE', 'a                    7   short', 'much-longer   12345678', ''].join(
        '\n',
      ),
    );
  });

  it('lines up the same with colours', () => {
    const painted = renderTable(rows, columns, { wide: true, paint: paintFor({ TERM: 'xterm' }) });
    assert.ok(painted.includes('\u001b[32ma'));
    assert.equal(stripVTControlCharacters(painted), renderTable(rows, columns, { wide: true, paint: PLAIN }));
  });

  it('lets nothing that a machine said reach the terminal as a command', () => {
    const row = { name: '\u001b[2Jwiped\u009b1m', count: 1, note: 'two\r\nlines\u202e' };
    const text = renderTable([row], columns, { wide: true, paint: PLAIN });
    assert.equal(text.split('\n').length, 3);
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
  });
});

describe('createPaint', () => {
  it('paints on a terminal', () => assert.notEqual(paintFor({ TERM: 'xterm' })('bad', 'x'), 'x'));

  const plain: [why: string, paint: ReturnType<typeof createPaint>][] = [
    ['into a pipe', paintFor({ TERM: 'xterm' }, { isTTY: false })],
    ['with --no-color', paintFor({ TERM: 'xterm' }, { color: false })],
    ['with NO_COLOR', paintFor({ TERM: 'xterm', NO_COLOR: '1' })],
    ['on a dumb terminal', paintFor({ TERM: 'dumb' })],
  ];
  for (const [why, paint] of plain) it(`paints nothing ${why}`, () => assert.equal(paint('bad', 'x'), 'x'));

  it('draws beyond ASCII on a UTF-8 terminal only', () => {
    assert.equal(paintFor({ LANG: 'en_US.UTF-8' }).unicode, true);
    assert.equal(paintFor({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }).unicode, false);
    assert.equal(paintFor({ LANG: 'C.utf8' }, { isTTY: false }).unicode, false);
  });
});

describe('printable', () => {
  it('leaves text in any script alone', () => assert.equal(printable('größe 日本 — ok'), 'größe 日本 — ok'));
});
