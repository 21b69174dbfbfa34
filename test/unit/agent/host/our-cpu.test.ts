import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createOurCpu, type OurCpuOptions } from '../../../../agent/host/our-cpu.ts';
import { type MachineFolder, makeMachineFolder } from '../../../kit/machine-folder.ts';

const CGROUPS = 'sys/fs/cgroup';

type Kind = readonly [name: string, parent: string, write: (seconds: number) => Record<string, string>];

const KINDS: readonly Kind[] = [
  [
    'version 2',
    `${CGROUPS}/system.slice`,
    (seconds) => ({ 'cpu.stat': `usage_usec ${seconds * 1e6}\nuser_usec 1` }),
  ],
  [
    'version 1',
    `${CGROUPS}/cpu,cpuacct/docker`,
    (seconds) => ({ 'cpuacct.usage': String(seconds * 1e9), 'cpu.stat': 'nr_periods 0' }),
  ],
];

/** A machine whose groups are below one parent, as Docker has them. */
class Groups {
  readonly #machine: MachineFolder;
  readonly #parent: string;
  readonly #write: Kind[2];
  running: string[] = [];
  ended: string[] = [];
  ownCpuNs = 0;
  readonly located: string[] = [];

  constructor(machine: MachineFolder, [, parent, write]: Kind) {
    this.#machine = machine;
    this.#parent = parent;
    this.#write = write;
  }

  /** Seconds of CPU used so far, of the parent (`.`) and of groups below it. */
  async used(seconds: Readonly<Record<string, number>>): Promise<void> {
    for (const [name, amount] of Object.entries(seconds)) {
      const files = Object.entries(this.#write(amount));
      await this.#machine.write(
        Object.fromEntries(files.map(([file, text]) => [join(this.#parent, name, file), text])),
      );
    }
  }

  async ends(name: string): Promise<void> {
    await rm(join(this.#machine.root, this.#parent, name), { recursive: true });
  }

  meter(overrides: Partial<OurCpuOptions> = {}): () => Promise<number | undefined> {
    const { root } = this.#machine;
    const usedNs = createOurCpu({
      root,
      containers: () => ({ running: this.running, ended: this.ended }),
      groupOf: async (id) => {
        this.located.push(id);
        return join(root, this.#parent, id);
      },
      ownCpuNs: () => this.ownCpuNs,
      ...overrides,
    });
    return async () => {
      const ns = await usedNs();
      return ns === undefined ? undefined : ns / 1e9;
    };
  }
}

for (const kind of KINDS) {
  describe(`what is used on our account, with control groups of ${kind[0]}`, () => {
    it('is what containers that run have used, those that were started since too', async () => {
      await using machine = await makeMachineFolder();
      const groups = new Groups(machine, kind);
      const used = groups.meter();
      await groups.used({ '.': 100, web: 40, owners: 60 });
      groups.running = ['web'];
      assert.equal(await used(), undefined, 'the first look is of no time');
      await groups.used({ '.': 130, web: 47, job: 3, owners: 80 });
      groups.running = ['web', 'job'];
      groups.ownCpuNs = 1e9;
      assert.equal(await used(), 11);
      assert.deepEqual(groups.located, ['web', 'job'], 'each is looked for once');
    });

    it('is what one has used that ended, though its account went with it', async () => {
      await using machine = await makeMachineFolder();
      const groups = new Groups(machine, kind);
      const used = groups.meter();
      await groups.used({ '.': 100, web: 40, job: 10, owners: 50 });
      groups.running = ['web', 'job'];
      await used();
      await groups.ends('job');
      await groups.used({ '.': 115, web: 42, owners: 54 });
      for (const [what, running, ended] of [
        ['is not known to have ended yet', ['web', 'job'], []],
        ['is', ['web'], ['job']],
      ] as const) {
        [groups.running, groups.ended] = [[...running], [...ended]];
        assert.equal(await used(), what === 'is' ? 0 : 11, what);
      }
    });

    it('is what one has used that came and went in between', async () => {
      await using machine = await makeMachineFolder();
      const groups = new Groups(machine, kind);
      const used = groups.meter();
      await groups.used({ '.': 100, web: 40 });
      groups.running = ['web'];
      await used();
      await groups.used({ '.': 109, web: 41 });
      groups.ended = ['crashed'];
      assert.equal(await used(), 9);
    });

    it('is without the owner’s containers that end', async () => {
      await using machine = await makeMachineFolder();
      const groups = new Groups(machine, kind);
      const used = groups.meter();
      await groups.used({ '.': 100, web: 40, owners: 60 });
      groups.running = ['web'];
      await used();
      await groups.ends('owners');
      await groups.used({ '.': 120, web: 41 });
      assert.equal(await used(), 1);
    });

    it('is not known where a container of ours cannot be seen, and for the time that began then', async () => {
      await using machine = await makeMachineFolder();
      const groups = new Groups(machine, kind);
      let isSeen = true;
      const used = groups.meter({
        groupOf: async () => {
          if (isSeen) return undefined;
          throw new Error('it is elsewhere');
        },
      });
      await used();
      isSeen = false;
      groups.running = ['elsewhere'];
      assert.equal(await used(), undefined);
      groups.running = [];
      assert.equal(await used(), undefined);
      assert.equal(await used(), 0);
    });
  });
}

it('what the engine uses for our pods is ours', async () => {
  await using machine = await makeMachineFolder();
  const service = (seconds: number) => ({
    [`${CGROUPS}/cpuacct/system.slice/docker.service/cpuacct.usage`]: String(seconds * 1e9),
  });
  await machine.write(service(5));
  const { root } = machine;
  const none = { running: [], ended: [] };
  const used = createOurCpu({
    root,
    containers: () => none,
    groupOf: async () => undefined,
    ownCpuNs: () => 0,
  });
  await used();
  await machine.write(service(8));
  assert.equal(await used(), 3e9);
});
