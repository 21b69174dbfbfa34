// What a node may not write into a pod's status.
import { isIPv4, isIPv6 } from 'node:net';
import { type FieldError, invalidField } from './api-error.ts';
import { at, objectsAt, stringAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';

export function podStatusErrors(next: KubeObject, current: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const qosClass = at(next, 'status', 'qosClass');
  if (qosClass !== at(current, 'status', 'qosClass')) {
    errors.push(invalidField('status.qosClass', qosClass, 'field is immutable'));
  }
  return [...errors, ...addressErrors(next, 'podIPs'), ...addressErrors(next, 'hostIPs')];
}

/** One address of each family at most. */
function addressErrors(pod: KubeObject, list: 'podIPs' | 'hostIPs'): FieldError[] {
  const addresses = objectsAt(pod, 'status', list).map((item) => stringAt(item, 'ip') ?? '');
  const strange = addresses.flatMap((address, index) =>
    isIPv4(address) || isIPv6(address)
      ? []
      : [
          invalidField(
            `status.${list}[${index}]`,
            address,
            'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
          ),
        ],
  );
  const isTwice =
    addresses.filter((ip) => isIPv4(ip)).length > 1 || addresses.filter((ip) => isIPv6(ip)).length > 1;
  if (strange.length > 0 || !isTwice) return strange;
  const shown = addresses.map((IP) => ({ IP }));
  return [invalidField(`status.${list}`, shown, 'may specify no more than one IP for each IP family')];
}
