import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseDevices } from '../../../../agent/device-file.ts';
import { devicesShort } from '../../../../agent/pod/admission.ts';
import { assignDevices, containerDevices } from '../../../../agent/pod/devices.ts';
import { aPod } from '../../../kit/pods.ts';

const GPU = 'nvidia.com/gpu';
const gpus = (count: number) =>
  parseDevices(JSON.stringify({ [GPU]: Array.from({ length: count }, (_, gpu) => ({ gpu: `${gpu}` })) }));
const wants = (name: string, count: number) => ({
  ...{ name, image: 'x' },
  resources: { limits: { [GPU]: `${count}` } },
});
const pod = (regular: Record<string, number>, init: Record<string, number> = {}) =>
  aPod({
    spec: {
      containers: Object.entries(regular).map(([name, count]) => wants(name, count)),
      initContainers: Object.entries(init).map(([name, count]) => wants(name, count)),
    },
  });
const id = (index: number) => `${GPU}[${index}]`;

describe('devices', () => {
  it('go to one container each, and to init containers those of their pod', () => {
    assert.deepEqual(assignDevices(pod({ a: 1, b: 2 }, { first: 2 }), gpus(4), [{ other: [id(0)] }]), {
      kind: 'ok',
      devices: { a: [id(1)], b: [id(2), id(3)], first: [id(1), id(2)] },
    });
  });

  it('are not had twice: a pod that finds too few is turned away', () => {
    const result = assignDevices(pod({ a: 1, b: 1 }), gpus(2), [{ other: [id(1)] }]);
    assert.ok(result.kind === 'short');
    assert.deepEqual(devicesShort(result), {
      reason: 'UnexpectedAdmissionError',
      message: `Allocate failed due to requested number of devices unavailable for ${GPU}. Requested: 1, Available: 0, which is unexpected`,
    });
  });

  it('that this machine does not offer are not its business', () => {
    assert.deepEqual(assignDevices(pod({ a: 1 }), new Map(), []), { kind: 'ok', devices: {} });
  });

  it('belong to one pod, however many come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 6 }), (counts) => {
        const held: Record<string, readonly string[]>[] = [];
        for (const count of counts) {
          const result = assignDevices(pod({ a: count }), gpus(5), held);
          if (result.kind === 'ok') held.push({ ...result.devices });
        }
        const all = held.flatMap((assignment) => Object.values(assignment).flat());
        assert.equal(new Set(all).size, all.length);
      }),
    );
  });

  it('are asked of Docker as files, as CDI devices and from a driver', () => {
    const inventory = parseDevices(
      JSON.stringify({
        'example.com/zigbee': [{ devices: ['/dev/ttyUSB0', '/dev/a:/dev/b:r'] }],
        'example.com/cam': [{ cdi: 'vendor.com/cam=0' }],
        [GPU]: [{ gpu: 'GPU-1' }],
      }),
    );
    const limits = { 'example.com/zigbee': '1', 'example.com/cam': '1', [GPU]: '1' };
    const container = { name: 'a', image: 'x', resources: { limits } };
    const result = assignDevices(aPod({ spec: { containers: [container] } }), inventory, []);
    assert.ok(result.kind === 'ok');
    assert.deepEqual(containerDevices(container, result.devices, inventory), {
      kind: 'ok',
      options: {
        Devices: [
          { PathOnHost: '/dev/ttyUSB0', PathInContainer: '/dev/ttyUSB0', CgroupPermissions: 'rwm' },
          { PathOnHost: '/dev/a', PathInContainer: '/dev/b', CgroupPermissions: 'r' },
        ],
        DeviceRequests: [
          { Driver: 'cdi', DeviceIDs: ['vendor.com/cam=0'], Capabilities: [] },
          { Driver: 'nvidia', DeviceIDs: ['GPU-1'], Capabilities: [['gpu']] },
        ],
      },
    });
    assert.equal(containerDevices(container, {}, inventory).kind, 'problem');
    assert.deepEqual(containerDevices({ name: 'b' }, {}, inventory), { kind: 'ok', options: {} });
  });
});

describe('the owner’s list of devices', () => {
  for (const [what, value, complaint] of [
    ['no object', [], /must be an object/],
    ['a resource of Kubernetes', { cpu: [] }, /'cpu' is no name of an extended resource/],
    ['no list', { 'a.example/b': {} }, /must be a list of devices/],
    ['a device that is none', { 'a.example/b': [{}] }, /a\.example\/b\[0\] names no device/],
    ['a path that is none', { 'a.example/b': [{ devices: ['ttyUSB0'] }] }, /not 'ttyUSB0'/],
    ['a field that it does not know', { 'a.example/b': [{ device: '/dev/x' }] }, /\.device is not known/],
    ['CDI without a name', { 'a.example/b': [{ cdi: 'vendor.com/cam' }] }, /takes VENDOR\/CLASS=NAME/],
    ['a GPU as a number', { 'a.example/b': [{ gpu: 0 }] }, /in quotes/],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => parseDevices(JSON.stringify(value)), complaint);
    });
  }
});
