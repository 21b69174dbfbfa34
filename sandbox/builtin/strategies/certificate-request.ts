// CertificateSigningRequests: who asked is written by the server, and the request never changes.
import { type FieldError, invalidField, required } from '../api-error.ts';
import { ensureObject, listAt, stringAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { KindStrategy } from '../strategy.ts';

export const csrStrategy: KindStrategy = {
  prepareForCreate(request, { user }) {
    const spec = ensureObject(request, 'spec');
    spec['username'] = user.name;
    spec['groups'] = [...user.groups];
    if (user.uid) spec['uid'] = user.uid;
    request['status'] = {};
  },
  prepareForUpdate(next, current) {
    next['spec'] = current['spec'];
  },
  validate: requestErrors,
};

function requestErrors(request: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const pem = Buffer.from(stringAt(request, 'spec', 'request') ?? '', 'base64').toString();
  if (!pem.includes('-----BEGIN CERTIFICATE REQUEST-----')) {
    errors.push(invalidField('spec.request', '<pem>', 'PEM block type must be CERTIFICATE REQUEST'));
  }
  if (!stringAt(request, 'spec', 'signerName')) errors.push(required('spec.signerName'));
  if (listAt(request, 'spec', 'usages').length === 0) errors.push(required('spec.usages'));
  return errors;
}
