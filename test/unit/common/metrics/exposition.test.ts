import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { expositionText } from '../../../../common/metrics/exposition.ts';
import { counter, gauge, measured } from '../../../../common/metrics/family.ts';

const text = (...families: Parameters<typeof measured>[]) =>
  [...expositionText(families.map(([definition, values]) => measured(definition, values)))].join('');

describe('expositionText', () => {
  it('writes help and type once, then a line for each sample', () => {
    const requests = counter('requests_total', 'Requests.', ['code']);
    assert.equal(
      text([
        requests,
        [
          [{ code: '200' }, 3],
          [{ code: '500' }, 0.5],
        ],
      ]),
      '# HELP requests_total Requests.\n# TYPE requests_total counter\n' +
        'requests_total{code="200"} 3\nrequests_total{code="500"} 0.5\n',
    );
  });

  it('comes in pieces of many whole lines', () => {
    const many = Array.from({ length: 5000 }, (_, index) => [{ l: `${index}` }, index] as const);
    const pieces = [...expositionText([measured(gauge('a', 'A.', ['l']), many)])];
    assert.ok(pieces.length > 1 && pieces.length < 10, `${pieces.length} pieces`);
    for (const piece of pieces) assert.ok(piece.endsWith('\n'));
    assert.equal(pieces.join('').split('\n').length, 5003);
  });

  it('leaves out what has no samples, and braces where there are no labels', () => {
    assert.equal(
      text([gauge('a', 'A.'), []], [gauge('b', 'B.'), [[{}, 1]]]),
      '# HELP b B.\n# TYPE b gauge\nb 1\n',
    );
  });

  it('writes a time in milliseconds where there is one', () => {
    const family = { ...gauge('a', 'A.'), samples: [{ labels: {}, value: 1, timestampMs: 1700000000000.4 }] };
    assert.match([...expositionText([family])].join(''), /\na 1 1700000000000\n$/);
  });

  for (const [value, shown] of [
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
    [1e21, '1e+21'],
  ] as const) {
    it(`writes ${shown}`, () =>
      assert.match(
        text([gauge('a', 'A.'), [[{}, value]]]),
        new RegExp(`\na ${shown.replace('+', '\\+')}\n`),
      ));
  }

  it('keeps any label value in its line, to be read back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const lines = text([gauge('a', 'A.', ['l']), [[{ l: value }, 1]]]).split('\n');
        assert.equal(lines.length, 4);
        const quoted = /^a\{l="(.*)"\} 1$/s.exec(lines[2] ?? '')?.[1] ?? '';
        const back = quoted.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
        assert.equal(back, value);
      }),
    );
  });
});
