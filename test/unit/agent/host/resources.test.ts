import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { offerResources } from '../../../../agent/host/resources.ts';

const MEASURED = { cpus: 4, memoryBytes: 8 * 2 ** 30, storageBytes: 100 * 2 ** 30 };

describe('offerResources', () => {
  it('offers what the machine has', () => {
    const all = { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '110' };
    assert.deepEqual(offerResources(MEASURED, { capacity: {}, reserve: {} }), {
      capacity: all,
      allocatable: all,
    });
  });

  it("takes the owner's word for more, for less and for other things", () => {
    const { capacity } = offerResources(MEASURED, {
      capacity: { cpu: '1500m', pods: '20', 'example.com/gpu': '1' },
      reserve: {},
    });
    assert.deepEqual(capacity, {
      cpu: '1500m',
      memory: '8Gi',
      'ephemeral-storage': '100Gi',
      pods: '20',
      'example.com/gpu': '1',
    });
  });

  it('keeps the reserve back, never below nothing', () => {
    const { capacity, allocatable } = offerResources(MEASURED, {
      capacity: {},
      reserve: { cpu: '500m', memory: '1Gi', 'ephemeral-storage': '200Gi', unknown: '3' },
    });
    assert.equal(capacity['cpu'], '4');
    assert.deepEqual(allocatable, { cpu: '3500m', memory: '7Gi', 'ephemeral-storage': '0', pods: '110' });
  });

  it('says nothing of a disk it could not measure', () => {
    const { capacity } = offerResources(
      { ...MEASURED, storageBytes: undefined },
      { capacity: {}, reserve: {} },
    );
    assert.equal('ephemeral-storage' in capacity, false);
  });
});
