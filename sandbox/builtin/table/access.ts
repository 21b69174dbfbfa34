// The tables of role bindings and certificate signing requests. Roles have only their name and time of creation.
import { numberAt, objectsAt, stringAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';
import { humanDuration } from './duration.ts';
import { AGE_COLUMN, ageOf, column, NAME_COLUMN, nameOf, type Printer, wideColumn } from './printer.ts';

export const roleBindings: Printer = {
  columns: [
    NAME_COLUMN,
    column('Role', 'The role it grants.'),
    AGE_COLUMN,
    wideColumn('Users', 'The users it grants it to.'),
    wideColumn('Groups', 'The groups it grants it to.'),
    wideColumn('ServiceAccounts', 'The service accounts it grants it to.'),
  ],
  cells: (binding, now) => [
    nameOf(binding),
    `${stringAt(binding, 'roleRef', 'kind') ?? ''}/${stringAt(binding, 'roleRef', 'name') ?? ''}`,
    ageOf(binding, now),
    subjects(binding, 'User').map(subjectName).join(', '),
    subjects(binding, 'Group').map(subjectName).join(', '),
    subjects(binding, 'ServiceAccount')
      .map((subject) => `${stringAt(subject, 'namespace') ?? ''}/${subjectName(subject)}`)
      .join(', '),
  ],
};

export const signingRequests: Printer = {
  columns: [
    NAME_COLUMN,
    AGE_COLUMN,
    column('SignerName', 'Who is asked to sign.'),
    column('Requestor', 'Who asked.'),
    column('RequestedDuration', 'For how long the certificate is to hold.'),
    column('Condition', 'What became of the request.'),
  ],
  cells: (request, now) => {
    const seconds = numberAt(request, 'spec', 'expirationSeconds');
    return [
      nameOf(request),
      ageOf(request, now),
      stringAt(request, 'spec', 'signerName') || '<none>',
      stringAt(request, 'spec', 'username') ?? '',
      seconds === undefined ? '<none>' : humanDuration(seconds * 1000),
      conditionText(request),
    ];
  },
};

function conditionText(request: JsonObject): string {
  const types = objectsAt(request, 'status', 'conditions').map((condition) => condition['type']);
  const decision = types.includes('Denied') ? 'Denied' : types.includes('Approved') ? 'Approved' : 'Pending';
  const failed = types.includes('Failed') ? ',Failed' : '';
  return `${decision}${failed}${stringAt(request, 'status', 'certificate') ? ',Issued' : ''}`;
}

function subjects(binding: JsonObject, kind: string): JsonObject[] {
  return objectsAt(binding, 'subjects').filter((subject) => subject['kind'] === kind);
}

function subjectName(subject: JsonObject): string {
  return stringAt(subject, 'name') ?? '';
}
