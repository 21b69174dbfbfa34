import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { goQuote } from '../../../../agent/pod/go-quote.ts';

describe('a text in Go’s quotes', () => {
  for (const [text, expected] of [
    ['plain text, with: signs!', '"plain text, with: signs!"'],
    ['', '""'],
    ['say "hi" \\ bye', '"say \\"hi\\" \\\\ bye"'],
    ['two\nlines\r\tand\v\f\b\x07', '"two\\nlines\\r\\tand\\v\\f\\b\\a"'],
    ['\x00\x1b\x7f', '"\\x00\\x1b\\x7f"'],
    ['größer 你好 é ☃ 🚀', '"größer 你好 é ☃ 🚀"'],
    ['\u00a0\u200b\ufeff', '"\\u00a0\\u200b\\ufeff"'],
    ['\u{e0001}', '"\\U000e0001"'],
  ] as const) {
    it(`is ${expected}`, () => assert.equal(goQuote(text), expected));
  }
});
