import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { envFileValue } from '../../../../agent/pod/env-file.ts';

const readKey = (text: string, name = 'KEY') => {
  const found = envFileValue(text, name);
  return found.kind === 'found' ? `=${found.value}` : found.kind;
};

describe('a file of variables', () => {
  for (const [text, is] of [
    ["KEY='value'\n", '=value'],
    ["KEY='value'", '=value'],
    ["A='1'\nKEY='2'\nKEY='3'\n", '=2'],
    ["  \tKEY='indented'\n", '=indented'],
    ["# a comment\n\n  # another\nKEY='x'\n", '=x'],
    ["KEY='x' # a comment\n", '=x'],
    ["KEY='x'  \n", '=x'],
    ["KEY='# no comment'\n", '=# no comment'],
    ["KEY=''\n", '='],
    ["KEY='a=b=c'\n", '=a=b=c'],
    ['KEY=\'  $HOME \\n "q" \'\n', '=  $HOME \\n "q" '],
    ["KEY='one\n\n  two'\nA='x'", '=one\n\n  two'],
    ["A='KEY='\n", 'absent'],
    ["A='\nKEY=1\n'\nKEY='2'\n", '=2'],
    ["KEY='good'\nbad line\n", '=good'],
    ['', 'absent'],
    ['\n\n', 'absent'],
    ["OTHER='x'\n", 'absent'],
    ["KEY = 'x'\n", 'malformed'],
    ["KEY= 'x'\n", 'malformed'],
    ['KEY=x\n', 'malformed'],
    ['KEY="x"\n', 'malformed'],
    ["KEY='x'y\n", 'malformed'],
    ["KEY='x''y'\n", 'malformed'],
    ["KEY='x'# y\n", 'malformed'],
    ["KEY='x\n", 'malformed'],
    ["='x'\nKEY='y'\n", 'malformed'],
    ["bad line\nKEY='x'\n", 'malformed'],
    ["export KEY='x'\n", 'malformed'],
  ] as const) {
    it(`${JSON.stringify(text)} has, for KEY, ${JSON.stringify(is)}`, () => {
      assert.equal(readKey(text), is);
    });
  }

  it('gives back whatever was written into it', () => {
    const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/);
    const value = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll("'", ''));
    fc.assert(
      fc.property(fc.dictionary(name, value), (variables) => {
        const text = Object.entries(variables)
          .map(([key, written]) => `${key}='${written}'\n`)
          .join('');
        for (const [key, written] of Object.entries(variables))
          assert.equal(readKey(text, key), `=${written}`);
      }),
    );
  });

  it('of any text is read to an end', () => {
    const text = fc.string({ unit: fc.constantFrom("'", '=', '#', '\n', ' ', 'K', '\t') });
    fc.assert(
      fc.property(text, (written) => void readKey(written, 'K')),
      { numRuns: 1000 },
    );
  });
});
