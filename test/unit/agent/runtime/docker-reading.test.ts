// What Docker answers of a container's figures, by machines of both cgroup versions.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeReading } from '../../../../agent/runtime/docker-reading.ts';

const cpu_stats = {
  cpu_usage: { total_usage: 5_000_000, usage_in_usermode: 3_000_000, usage_in_kernelmode: 2_000_000 },
  throttling_data: { periods: 10, throttled_periods: 4, throttled_time: 7_000_000 },
};
const disk = { major: 8, minor: 0 };

describe('Docker’s figures of a container', () => {
  it('are read of version 1, with its names', () => {
    const reading = decodeReading(
      {
        cpu_stats,
        memory_stats: {
          usage: 100,
          stats: {
            total_inactive_file: 30,
            total_rss: 20,
            total_cache: 40,
            total_mapped_file: 5,
            total_swap: 6,
          },
        },
        blkio_stats: {
          io_service_bytes_recursive: [
            { ...disk, op: 'Read', value: 11 },
            { ...disk, op: 'Write', value: 12 },
            { ...disk, op: 'Total', value: 23 },
          ],
          io_serviced_recursive: [{ ...disk, op: 'Write', value: 2 }],
        },
        pids_stats: { current: 3 },
      },
      150,
    );
    assert.deepEqual(reading, {
      ...{ cpuUsec: 5000, userUsec: 3000, systemUsec: 2000, tasks: 3 },
      cfs: { periods: 10, throttledPeriods: 4, throttledUsec: 7000 },
      diskIo: [{ ...disk, readBytes: 11, writeBytes: 12, reads: 0, writes: 2 }],
      memory: {
        ...{ usageBytes: 100, workingSetBytes: 70, availableBytes: 80 },
        ...{ rssBytes: 20, cacheBytes: 40, mappedFileBytes: 5, swapBytes: 6 },
      },
    });
  });

  it('are read of version 2, which counts bytes alone', () => {
    const reading = decodeReading(
      {
        cpu_stats: { cpu_usage: { total_usage: 1000 }, throttling_data: { periods: 0 } },
        memory_stats: { usage: 100, stats: { inactive_file: 30, anon: 20, file: 40, file_mapped: 5 } },
        blkio_stats: {
          io_service_bytes_recursive: [{ ...disk, op: 'read', value: 11 }],
          io_serviced_recursive: null,
        },
      },
      0,
    );
    assert.deepEqual(reading, {
      cpuUsec: 1,
      diskIo: [{ ...disk, readBytes: 11, writeBytes: 0 }],
      memory: {
        ...{ usageBytes: 100, workingSetBytes: 70 },
        ...{ rssBytes: 20, cacheBytes: 40, mappedFileBytes: 5 },
      },
    });
  });

  it('are none of one that does not run', () => {
    assert.equal(decodeReading({ cpu_stats, memory_stats: {} }, 150), undefined);
  });
});
