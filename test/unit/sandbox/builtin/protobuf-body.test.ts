import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LongshoreError } from '../../../../common/errors.ts';
import { decodeProtobufBody } from '../../../../sandbox/builtin/protobuf-body.ts';

/** The wire by hand, so that the test does not share the decoder's table. */
const field = (number: number, value: string | Buffer | number): Buffer => {
  if (typeof value === 'number') return Buffer.from([number << 3, value]);
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
};
const message = (...fields: Buffer[]) => Buffer.concat(fields);
const body = (apiVersion: string, kind: string, raw: Buffer) =>
  message(Buffer.from('k8s\0'), field(1, message(field(1, apiVersion), field(2, kind))), field(2, raw));

const named = (name: string, ...more: Buffer[]) =>
  // As Go writes it: every plain field is there, empty or not.
  message(
    field(1, name),
    field(2, ''),
    field(3, ''),
    field(7, 0),
    field(8, message(field(1, 0), field(2, 0))),
    ...more,
  );

interface Case {
  readonly name: string;
  readonly body: Buffer;
  readonly want: unknown;
}

const cases: Case[] = [
  {
    name: 'a namespace, without the empty fields',
    body: body('v1', 'Namespace', message(field(1, named('n')), field(2, ''), field(3, field(1, '')))),
    want: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' }, spec: {} },
  },
  {
    name: 'maps, of text and of bytes',
    body: body(
      'v1',
      'Secret',
      message(field(1, named('s')), field(2, message(field(1, 'k'), field(2, 'v'))), field(3, 'Opaque')),
    ),
    want: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { k: 'dg==' }, type: 'Opaque' },
  },
  {
    name: 'a zero that says something',
    body: body('v1', 'DeleteOptions', message(field(1, 0), field(2, field(1, 'uid')))),
    want: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid: 'uid' } },
  },
  {
    name: 'numbers or text',
    body: body(
      'policy/v1',
      'PodDisruptionBudget',
      message(
        field(1, named('b')),
        field(
          2,
          message(
            field(1, message(field(1, 0), field(2, 0), field(3, ''))),
            field(3, message(field(1, 1), field(2, 0), field(3, '50%'))),
          ),
        ),
      ),
    ),
    want: {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b' },
      spec: { minAvailable: 0, maxUnavailable: '50%' },
    },
  },
  {
    name: 'a signing request with a condition',
    body: body(
      'certificates.k8s.io/v1',
      'CertificateSigningRequest',
      message(
        field(1, named('c', field(11, message(field(1, 'l'), field(2, ''))))),
        field(
          2,
          message(
            field(1, 'pem'),
            field(5, 'client auth'),
            field(6, message(field(1, 'e'), field(2, field(1, 'x')))),
          ),
        ),
        field(3, field(1, message(field(1, 'Approved'), field(4, field(1, 60)), field(6, 'True')))),
      ),
    ),
    want: {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'c', labels: { l: '' } },
      spec: { request: 'cGVt', usages: ['client auth'], extra: { e: ['x'] } },
      status: {
        conditions: [{ type: 'Approved', lastUpdateTime: '1970-01-01T00:01:00Z', status: 'True' }],
      },
    },
  },
];

describe('decodeProtobufBody', () => {
  for (const { name, body: bytes, want } of cases) {
    test(`reads ${name}`, () => assert.deepEqual(decodeProtobufBody(bytes), want));
  }

  const codeOf = (bytes: Uint8Array) => {
    try {
      decodeProtobufBody(bytes);
    } catch (error) {
      if (error instanceof LongshoreError) return error.code;
      throw error;
    }
    return 'read';
  };

  test('asks for JSON for other kinds', () => {
    assert.equal(codeOf(body('v1', 'Pod', Buffer.alloc(0))), 'precondition');
    assert.equal(codeOf(body('v1', 'ObjectMeta', Buffer.alloc(0))), 'precondition');
  });

  test('refuses what is not protobuf', () => {
    assert.equal(codeOf(Buffer.from('{"kind":"Namespace"}')), 'invalid');
    assert.equal(codeOf(body('v1', 'Namespace', Buffer.from([0x0a, 0x7f, 0x00]))), 'invalid');
  });

  test('no bytes make it throw anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, whole) => {
        codeOf(
          whole ? Buffer.concat([Buffer.from('k8s\0'), bytes]) : body('v1', 'Service', Buffer.from(bytes)),
        );
      }),
    );
  });
});
