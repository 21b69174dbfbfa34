// How far back is looked for where the last lines begin: a Docker that answers as the test says, and counts what it is asked.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import type Docker from 'dockerode';
import { pastOf } from '../../../../agent/runtime/log-past.ts';
import type { LogOptions } from '../../../../agent/runtime/logs.ts';

const TIME = '2026-01-01T00:00:00.000000000Z';
const LATER = '2026-01-01T00:00:01.500000000Z';

/** A piece of a line as Docker frames it. */
function piece(text: string, time = TIME): Buffer {
  const data = Buffer.from(`${time} ${text}`);
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

/** `log`: its pieces, the oldest first. */
function aDocker(log: readonly Buffer[]) {
  const asked: number[] = [];
  const docker = {
    modem: {
      dial(
        { options }: { readonly options: { readonly tail?: string } },
        answer: (error: unknown, stream: Readable) => void,
      ) {
        const tail = Number(options.tail);
        asked.push(tail);
        answer(undefined, Readable.from(log.slice(-tail)));
      },
    },
  };
  return { docker: docker as unknown as Docker, asked };
}

const OPTIONS: LogOptions = {
  ...{ containerId: 'c', tty: false, follow: false, timestamps: false },
  live: false,
};
const { signal } = new AbortController();
const endless = Array.from({ length: 20_000 }, () => piece('x'));

describe('where the last lines of a log begin', () => {
  it('is looked for in no more than 4096 pieces, and then so many are shown', async () => {
    const { docker, asked } = aDocker(endless);
    const past = await pastOf(docker, { ...OPTIONS, tailLines: 1 }, signal);
    assert.deepEqual(asked, [2, 8, 32, 128, 512, 2048, 4096]);
    assert.deepEqual(past, { since: undefined, tail: 4096 });
  });

  it('is found in a line of as many pieces as that', async () => {
    const { docker, asked } = aDocker([
      ...endless,
      piece('end\n'),
      piece('y', LATER),
      ...Array(2000).fill(piece('y', LATER)),
      piece('z\n', LATER),
    ]);
    const past = await pastOf(docker, { ...OPTIONS, tailLines: 1 }, signal);
    assert.equal(asked.at(-1), 2048);
    assert.deepEqual(past, {
      since: `${Date.parse('2026-01-01T00:00:01Z') / 1000}.500000000`,
      tail: 2048 + 1000,
    });
  });

  it('is found where lines of several pieces lie close to the bound', async () => {
    const short = Array.from({ length: 3000 }, () => piece('short\n'));
    const long = Array.from({ length: 256 }, (_, line) => {
      const time = `2026-01-01T00:00:02.${String(line).padStart(9, '0')}Z`;
      return [...Array(4).fill(piece('x', time)), piece('x\n', time)];
    });
    const { docker, asked } = aDocker([...short, ...long.flat()]);
    const past = await pastOf(docker, { ...OPTIONS, tailLines: 256 }, signal);
    assert.deepEqual(asked, [257, 1028, 4096]);
    assert.equal(past.since, `${Date.parse('2026-01-01T00:00:02Z') / 1000}.000000000`);
  });

  it('is not looked for where more lines are wanted than are counted, or none, or on a terminal', async () => {
    const { docker, asked } = aDocker(endless);
    const wishes = [{ tailLines: 1001 }, { tailLines: 0 }, { tailLines: 5, tty: true }, {}];
    for (const wish of wishes) await pastOf(docker, { ...OPTIONS, ...wish }, signal);
    assert.deepEqual(asked, []);
    await pastOf(docker, { ...OPTIONS, tailLines: 1000 }, signal);
    assert.deepEqual(asked, [1001, 4004, 4096]);
  });
});
