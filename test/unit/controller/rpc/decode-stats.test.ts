import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LongshoreError } from '../../../../common/errors.ts';
import { decodeStats } from '../../../../controller/rpc/decode-stats.ts';
import type { StatsReport } from '../../../../proto/gen/longshore/v1/StatsReport.ts';
import { containerUse, podUse, statsReport } from '../../../kit/figures.ts';

const many = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

describe('what agents say they use', () => {
  it('is taken as it is', () => {
    const report = statsReport();
    const { machine, pods } = decodeStats(report);
    assert.equal(machine?.cpu?.usageNanoCores, 500_000_000);
    assert.equal(pods[0]?.containers[0]?.oomKills, 1);
    assert.equal(pods[0]?.containers[0]?.writtenBytes, undefined, 'what was not told is not known');
    assert.equal(pods[0]?.network[0]?.rxPackets, 7);
    assert.equal(pods[0]?.containers[0]?.cfs?.throttledPeriods, 25);
    assert.equal(pods[0]?.containers[0]?.diskIo[0]?.device, 'sda');
    assert.equal(pods[0]?.containers[0]?.memory?.swapLimitBytes, 100);
    assert.deepEqual([machine?.filesystem?.freeInodes, machine?.maxTasks], [20, 32768]);
    assert.deepEqual(decodeStats(statsReport({ machine: null, pods: [] })), {
      machine: null,
      pods: [],
      timeMs: 0,
    });
  });

  it('takes of two volumes of one name the first', () => {
    const volumes = [7, 8].map((usedBytes) => ({ name: 'data', usedBytes }));
    const { pods } = decodeStats(statsReport({ pods: [podUse({ volumes })] }));
    assert.deepEqual(
      pods[0]?.volumes.map(({ usedBytes }) => usedBytes),
      [7],
    );
  });

  it('knows services by their names, each once, and leaves out others', () => {
    const services = ['cook', 'agent', 'agent', 'engine'].map((name) => ({ name }));
    const { machine } = decodeStats(statsReport({ machine: { services }, pods: [] }));
    assert.deepEqual(
      machine?.services.map(({ name }) => name),
      ['agent', 'engine'],
    );
  });

  const refused: Record<string, [report: StatsReport, complaint: RegExp]> = {
    'a path for a uid': [{ pods: [podUse({ uid: '../x' })] }, /stats\.pods\[0\]\.uid is malformed/],
    'more pods than a machine has': [{ pods: many(2001, podUse({ containers: [] })) }, /more than 2000/],
    'more containers than a machine has': [
      { pods: many(101, podUse({ containers: many(100, containerUse()) })) },
      /more than 10000 containers/,
    ],
    'more interfaces than a pod has': [
      { pods: [podUse({ network: many(65, { interface: 'a' }) })] },
      /network has more than 64/,
    ],
    'a container named like a label': [
      { pods: [podUse({ containers: [containerUse({ name: 'a"b' })] })] },
      /containers\[0\]\.name is malformed/,
    ],
    'an interface with control characters': [
      { pods: [podUse({ network: [{ interface: 'a\nb' }] })] },
      /interface has control characters/,
    ],
    'a start after the year 9999': [
      { pods: [podUse({ containers: [containerUse({ startedAtMs: 1e15 })] })] },
      /started_at_ms must be a whole number/,
    ],
    'a time after the year 9999': [{ timeMs: 1e15 }, /time_ms must be a whole number/],
    'a number beyond counting': [
      { pods: [podUse({ cpu: { usageUsec: '18446744073709551615' } })] },
      /cpu\.usage_usec must be a whole number/,
    ],
    'more volumes than a pod has': [
      { pods: [podUse({ volumes: many(257, { name: 'a' }) })] },
      /volumes has more than 256/,
    ],
    'more volumes than a machine has': [
      {
        pods: many(
          101,
          podUse({ containers: [], volumes: many(100, { name: 'a' }).map((_, at) => ({ name: `a${at}` })) }),
        ),
      },
      /more than 10000 volumes/,
    ],
    'a volume named like a label': [
      { pods: [podUse({ volumes: [{ name: 'a"b' }] })] },
      /volumes\[0\]\.name is malformed/,
    ],
    'a disk named like a label': [
      { pods: [podUse({ containers: [containerUse({ diskIo: [{ device: 'a"b' }] })] })] },
      /disk_io\[0\]\.device is malformed/,
    ],
    'more disks than a machine has': [
      { pods: [podUse({ containers: [containerUse({ diskIo: many(65, {}) })] })] },
      /disk_io has more than 64/,
    ],
    'durations in buckets of its own': [
      {
        pods: [
          podUse({ containers: [containerUse({ probes: [{ type: 'startup', durationCounts: [1] }] })] }),
        ],
      },
      /probes\[0\]\.duration_counts must be 12 numbers or none/,
    ],
    'more durations than there are buckets': [
      {
        pods: [
          podUse({
            containers: [containerUse({ probes: [{ type: 'startup', durationCounts: many(13, 1) }] })],
          }),
        ],
      },
      /duration_counts has more than 12/,
    ],
    'a probe of its own invention': [
      { pods: [podUse({ containers: [containerUse({ probes: [{ type: 'mood' }] })] })] },
      /probes\[0\]\.type is no kind of probe/,
    ],
  };
  for (const [what, [report, complaint]] of Object.entries(refused)) {
    it(`is refused with ${what}`, () =>
      assert.throws(() => decodeStats(statsReport(report)), { code: 'invalid', message: complaint }));
  }

  it('is taken or refused with one of our errors, whatever comes over the wire', () => {
    const number = fc.oneof(fc.nat(), fc.constantFrom('9007199254740993', '18446744073709551615'));
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('main', 'u-1', 'liveness'));
    const cpu = fc.option(fc.record({ usageUsec: number, usageNanoCores: number }, { requiredKeys: [] }));
    const memory = fc.option(fc.record({ workingSetBytes: number, rssBytes: number }, { requiredKeys: [] }));
    const probes = fc.array(fc.record({ type: text, failed: number, durationCounts: fc.array(number) }), {
      maxLength: 4,
    });
    const containers = fc.array(
      fc.record({ name: text, id: text, startedAtMs: fc.integer(), cpu, memory, probes }),
    );
    const network = fc.array(fc.record({ interface: text, rxBytes: number }));
    const pods = fc.array(fc.record({ uid: text, cpu, network, containers, ageMs: number }));
    fc.assert(
      fc.property(
        fc.record({ machine: fc.option(fc.record({ cpu, memory, network })), pods, timeMs: fc.integer() }),
        (report) => {
          try {
            decodeStats(statsReport(report));
          } catch (error) {
            assert.ok(error instanceof LongshoreError && error.code === 'invalid', String(error));
          }
        },
      ),
    );
  });
});
