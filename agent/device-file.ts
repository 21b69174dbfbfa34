// The owner's list of devices: a JSON object of resource names, each with its instances. Throws with the place of the
// first mistake.
import type { DeviceFile, DeviceInstance, DeviceInventory, DeviceRequest } from './pod/devices.ts';

const RESOURCE = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DEVICE = /^(\/[^:]+)(?::(\/[^:]+))?(?::([rwm]{1,3}))?$/;
const CDI = /^[A-Za-z][\w.-]*\/[A-Za-z][\w.-]*=[\w.:-]+$/;

export function parseDevices(text: string): DeviceInventory {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error('it must be an object of resource names');
  return new Map(
    Object.entries(value).map(([resource, instances]) => {
      if (!RESOURCE.test(resource) || resource.startsWith('kubernetes.io/')) {
        throw new Error(`'${resource}' is no name of an extended resource, such as example.com/zigbee`);
      }
      if (!Array.isArray(instances)) throw new Error(`${resource} must be a list of devices`);
      return [resource, instances.map((item, index) => instance(item, `${resource}[${index}]`))];
    }),
  );
}

function instance(value: unknown, id: string): DeviceInstance {
  if (!isObject(value)) throw new Error(`${id} must be an object with devices, cdi or gpu`);
  const { devices = [], cdi, gpu, ...others } = value;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) throw new Error(`${id}.${stranger} is not known: devices, cdi and gpu are`);
  if (!Array.isArray(devices)) throw new Error(`${id}.devices must be a list of paths`);
  const files = devices.map((path) => deviceFile(path, `${id}.devices`));
  const requests = [...cdiRequest(cdi, id), ...gpuRequest(gpu, id)];
  if (files.length + requests.length === 0) throw new Error(`${id} names no device`);
  return { id, files, requests };
}

function deviceFile(value: unknown, place: string): DeviceFile {
  const [, PathOnHost, inside, permissions] = DEVICE.exec(typeof value === 'string' ? value : '') ?? [];
  if (PathOnHost === undefined)
    throw new Error(`${place} takes PATH[:PATH IN CONTAINER[:rwm]], not '${value}'`);
  return { PathOnHost, PathInContainer: inside ?? PathOnHost, CgroupPermissions: permissions ?? 'rwm' };
}

function cdiRequest(value: unknown, id: string): DeviceRequest[] {
  if (value === undefined) return [];
  if (typeof value !== 'string' || !CDI.test(value)) {
    throw new Error(`${id}.cdi takes VENDOR/CLASS=NAME, not '${String(value)}'`);
  }
  return [{ Driver: 'cdi', DeviceIDs: [value], Capabilities: [] }];
}

/** By the NVIDIA runtime of Docker: an index or a UUID. */
function gpuRequest(value: unknown, id: string): DeviceRequest[] {
  if (value === undefined) return [];
  if (typeof value !== 'string' || value === '')
    throw new Error(`${id}.gpu takes an index or a UUID in quotes`);
  return [{ Driver: 'nvidia', DeviceIDs: [value], Capabilities: [['gpu']] }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
