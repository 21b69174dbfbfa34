import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { type LogOptions, openContainerLogs } from '../../../../agent/runtime/logs.ts';
import { systemClock } from '../../../../common/clock.ts';
import { describeError, errorCode } from '../../../../common/errors.ts';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';

const docker = new Docker();
const containers: Docker.Container[] = [];

async function start(
  script: string,
  Tty = false,
  LogConfig?: Docker.HostConfig['LogConfig'],
): Promise<Docker.Container> {
  const container = await docker.createContainer({
    Image: BUSYBOX_IMAGE,
    Cmd: ['sh', '-c', script],
    Tty,
    StopSignal: 'SIGKILL',
    HostConfig: { LogConfig },
  });
  containers.push(container);
  await container.start();
  return container;
}

async function finished(
  script: string,
  tty = false,
  driver?: Docker.HostConfig['LogConfig'],
): Promise<string> {
  const container = await start(script, tty, driver);
  await container.wait();
  return container.id;
}

const DEFAULTS = { tty: false, follow: false, timestamps: false, live: false };

function open(containerId: string, options: Partial<LogOptions> = {}, signal = new AbortController().signal) {
  return openContainerLogs({ docker, clock: systemClock }, { ...DEFAULTS, containerId, ...options }, signal);
}

async function read(containerId: string, options: Partial<LogOptions> = {}): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await open(containerId, options)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** In these words and no more: as the user of kubectl reads them. */
function refuses(opening: Promise<unknown>, words: string): Promise<void> {
  return assert.rejects(opening, (error) => {
    assert.deepEqual([errorCode(error), describeError(error)], ['invalid', words]);
    return true;
  });
}

/** How many connections to Docker this process has. */
function dockerConnections(): number {
  const listening = readFileSync('/proc/net/unix', 'utf8');
  const inodes = new Set(
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  return listening.split('\n').filter((line) => inodes.has(line.split(/\s+/)[6] ?? '')).length;
}

describe('openContainerLogs', () => {
  before(() => ensureBusyboxImage(docker));
  after(() => Promise.all(containers.map((container) => container.remove({ force: true }))));

  it('interleaves stdout and stderr in order', async () => {
    const script = 'for i in 1 2 3; do echo out $i; sleep 0.5; echo err $i >&2; sleep 0.5; done';
    const id = await finished(script);
    assert.equal(await read(id), 'out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n');
  });

  it('gives the bytes of a terminal as they are', async () => {
    assert.equal(await read(await finished('echo a; echo b >&2', true), { tty: true }), 'a\r\nb\r\n');
  });

  it('gives the last lines, or none, and cuts at the byte', async () => {
    const id = await finished('for i in 1 2 3 4; do echo line $i; done');
    assert.equal(await read(id, { tailLines: 2 }), 'line 3\nline 4\n');
    assert.equal(await read(id, { tailLines: 0 }), '');
    assert.equal(await read(id, { tailLines: 100 }), 'line 1\nline 2\nline 3\nline 4\n');
    assert.equal(await read(id, { limitBytes: 1 }), 'l');
    assert.equal(await read(id, { limitBytes: 9 }), 'line 1\nli');
    assert.equal(await read(id, { limitBytes: 14, tailLines: 3 }), 'line 2\nline 3\n');
    assert.equal((await read(id, { limitBytes: 1000 })).length, 28);
  });

  it('begins each line with its time, and at a time within a second', async () => {
    const id = await finished('for i in 1 2 3 4 5; do echo $i; usleep 100000; done');
    const lines = (await read(id, { timestamps: true })).trimEnd().split('\n');
    for (const line of lines) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z \d$/);
    const [third = 0, fourth = 0] = lines.slice(2).map((line) => Date.parse(line.split(' ')[0] ?? ''));
    const between = (third + fourth) / 2;
    assert.equal(await read(id, { sinceTimeMs: between }), '4\n5\n');
    assert.equal(await read(id, { sinceTimeMs: between, tailLines: 1 }), '5\n');
    assert.equal(await read(id, { sinceTimeMs: fourth + 10_000 }), '');
  });

  it('passes lines on together, where there are many', async () => {
    const lines = 20_000;
    const id = await finished(`yes "${'x'.repeat(99)}" | head -n ${lines}`);
    const chunks: Buffer[] = [];
    for await (const chunk of await open(id)) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).length, lines * 100);
    assert.ok(chunks.length < lines / 20, `${chunks.length} pieces`);
  });

  it('puts one timestamp before a line that Docker keeps in pieces', async () => {
    const long = (letter: string) => `head -c 40000 /dev/zero | tr '\\0' ${letter}; echo`;
    // Docker copies the two streams side by side: without a pause their pieces may mix, as they may on any node.
    const script = `${long('x')}; sleep 0.5; { ${long('y')}; } >&2; sleep 0.5; echo end`;
    const text = await read(await finished(script), {
      timestamps: true,
    });
    const bodies = text
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^\S+Z /, ''));
    assert.deepEqual(bodies.sort(), ['end', 'x'.repeat(40_000), 'y'.repeat(40_000)]);
  });

  it('puts one timestamp before such a line of a terminal too', async () => {
    const script = "head -c 40000 /dev/zero | tr '\\0' x; echo; echo end";
    const text = await read(await finished(script, true), { tty: true, timestamps: true });
    assert.match(text, /^\d{4}-\S+Z x{40000}\r\n\d{4}-\S+Z end\r\n$/);
  });

  it('gives one of the two streams', async () => {
    const id = await finished('echo out; echo err >&2');
    assert.equal(await read(id, { only: 'stdout' }), 'out\n');
    assert.equal(await read(id, { only: 'stderr' }), 'err\n');
    const terminal = await finished('echo out; echo err >&2', true);
    assert.equal(await read(terminal, { only: 'stderr', tty: true }), '');
  });

  it('counts lines, however long, where Docker counts pieces', async () => {
    const long = 1024 * 1024;
    const line = (letter: string) => `head -c ${long} /dev/zero | tr '\\0' ${letter}; echo`;
    const id = await finished(`echo first; ${line('x')}; sleep 0.5; echo err >&2; sleep 0.5; ${line('y')}`);
    const [x, y] = ['x', 'y'].map((letter) => `${letter.repeat(long)}\n`);
    const cases: [options: Partial<LogOptions>, expected: string][] = [
      [{ tailLines: 1 }, `${y}`],
      [{ tailLines: 2 }, `err\n${y}`],
      [{ tailLines: 3 }, `${x}err\n${y}`],
      [{ tailLines: 4 }, `first\n${x}err\n${y}`],
      [{ tailLines: 50 }, `first\n${x}err\n${y}`],
      [{ tailLines: 1, limitBytes: 20 }, 'y'.repeat(20)],
      [{ tailLines: 2, sinceTimeMs: 1000 }, `err\n${y}`],
      [{ tailLines: 3, sinceTimeMs: Date.now() }, ''],
    ];
    for (const [options, expected] of cases) {
      const text = await read(id, options);
      assert.ok(text === expected, `${JSON.stringify(options)}: ${text.length} bytes`);
    }
    const stamped = await read(id, { tailLines: 1, timestamps: true });
    assert.match(stamped.slice(0, 60), /^\d{4}-\S+Z y+$/);
    assert.equal(stamped.length, long + 1 + stamped.indexOf(' ') + 1);
  });

  it('follows from the last lines on', async () => {
    const container = await start(
      `head -c 40000 /dev/zero | tr '\\0' x; echo; sleep 4; echo new; sleep 0.2; echo newer`,
    );
    const old = `${'x'.repeat(40_000)}\n`;
    await eventually(async () => (await read(container.id)) === old);
    const text = await read(container.id, { follow: true, live: true, tailLines: 1 });
    assert.ok(text === `${old}new\nnewer\n`, `${text.length} bytes`);
  });

  it('follows through the rotation of its files, losing no line', async () => {
    const driver = { Type: 'json-file', Config: { 'max-size': '300k', 'max-file': '5' } };
    const line = `echo $i ${'x'.repeat(1000)}; i=$((i+1)); [ $((i % 50)) = 0 ] && usleep 50000`;
    const container = await start(`i=0; while [ $i -lt 1500 ]; do ${line}; done`, false, driver);
    const text = await read(container.id, { follow: true, live: true });
    // Docker before 23 repeats some lines when it turns to the next file.
    const seen = new Set(
      text
        .trimEnd()
        .split('\n')
        .map((each) => Number.parseInt(each, 10)),
    );
    assert.equal(seen.size, 1500);
    assert.match(text.slice(-1100), /\n1499 x+\n$/);
  });

  for (const driver of [
    { Type: 'local', Config: {} },
    { Type: 'local', Config: { 'max-size': '100k', 'max-file': '2', compress: 'true' } },
    // A driver that only writes: Docker keeps a copy of its own.
    { Type: 'syslog', Config: { 'syslog-address': 'udp://127.0.0.1:9' } },
  ]) {
    it(`reads what the driver ${driver.Type} keeps (${JSON.stringify(driver.Config)})`, async () => {
      const container = await start('echo out; sleep 0.5; echo err >&2; sleep 1; echo end', false, driver);
      const all = 'out\nerr\nend\n';
      assert.equal(await read(container.id, { follow: true, live: true }), all);
      await container.wait();
      assert.equal(await read(container.id), all);
      assert.equal(await read(container.id, { only: 'stderr' }), 'err\n');
      assert.equal(await read(container.id, { tailLines: 2 }), 'err\nend\n');
      assert.match(await read(container.id, { tailLines: 1, timestamps: true }), /^\d{4}-\S+Z end\n$/);
    });
  }

  for (const driver of [
    { Type: 'none', Config: {} },
    { Type: 'syslog', Config: { 'syslog-address': 'udp://127.0.0.1:9', 'cache-disabled': 'true' } },
  ]) {
    it(`says that what the driver ${driver.Type} takes cannot be read`, async () => {
      await refuses(
        open(await finished('echo x', false, driver)),
        'the container’s log cannot be read on its machine: configured logging driver does not support reading',
      );
    });
  }

  it('follows until the container ends', async () => {
    const container = await start('echo one; sleep 0.5; echo two');
    const text = await read(container.id, { follow: true, live: true });
    assert.equal(text, 'one\ntwo\n');
  });

  it('follows with nothing of the past', async () => {
    const container = await start('echo old; sleep 4; echo new');
    await eventually(async () => (await read(container.id)) === 'old\n');
    assert.equal(await read(container.id, { follow: true, live: true, tailLines: 0 }), 'new\n');
  });

  it('ends for a container that has ended, however it is asked', async () => {
    assert.equal(await read(await finished('echo done'), { follow: true }), 'done\n');
  });

  it('says that Docker has a container no more', async () => {
    const id = '0'.repeat(64);
    for (const options of [{}, { tailLines: 1 }])
      await refuses(open(id, options), `unable to retrieve container logs for docker://${id}`);
  });

  it('leaves no connection behind, whoever stops first', async () => {
    const container = await start('while :; do echo tick; usleep 20000; done');
    await read(container.id, { limitBytes: 1 });
    const before = dockerConnections();
    const follow = { follow: true, live: true };

    for await (const _ of await open(container.id, follow)) break;
    await read(container.id, { ...follow, limitBytes: 20 });
    const leaving = new AbortController();
    await assert.rejects(
      async () => {
        for await (const _ of await open(container.id, follow, leaving.signal)) leaving.abort();
      },
      { name: 'AbortError' },
    );
    const unread = new AbortController();
    await open(container.id, follow, unread.signal);
    unread.abort();
    await assert.rejects(open(container.id, follow, unread.signal), { name: 'AbortError' });

    await eventually(() => dockerConnections() <= before, {
      what: 'the connections to close',
      timeoutMs: 5000,
    });
  });

  it('reads no more of a long log than its reader takes', async () => {
    const id = await finished(`head -c 60000000 /dev/zero | tr '\\0' x | fold -w 1000`);
    const chunks = (await open(id))[Symbol.asyncIterator]();
    let bytes = (await chunks.next()).value?.length ?? 0;

    const before = bytesReadByThisProcess();
    for (let index = 0; index < 50; index++) await docker.ping();
    assert.ok(bytesReadByThisProcess() - before < 2 ** 20);

    for (let next = await chunks.next(); !next.done; next = await chunks.next()) bytes += next.value.length;
    assert.ok(bytes >= 60_000_000);
  });
});

function bytesReadByThisProcess(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}
