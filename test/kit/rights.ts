// What an identity may do at the API server, as `kubectl auth can-i --list` prints it, and what it did, as the server's
// audit log tells: so that a test can compare the two.
import { readFileSync } from 'node:fs';

export interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly requestURI: string;
  readonly responseStatus?: { readonly code?: number };
}

/** One verb on one resource; `name` empty: on all of them. */
export interface Right {
  readonly verb: string;
  /** As kubectl writes it: `pods/status`, `agents.longshore.dev/status`. */
  readonly resource: string;
  readonly name: string;
}

/** Everything these users do is logged: each request when it is answered, each watch when it begins too. */
export function auditPolicy(users: readonly string[]): string {
  return JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', users }, { level: 'None' }],
  });
}

export function readAudit(file: string): AuditEvent[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditEvent);
}

const APPROVAL = { verb: 'update', resource: 'certificatesigningrequests.certificates.k8s.io/approval' };

export function describeRight({ verb, resource, name }: Right): string {
  return `${verb} ${resource}${name ? ` ${name}` : ''}`;
}

/** The rows for resources of the table; other rows (paths) are for everybody. */
export function parseRights(table: string): Right[] {
  return table.split('\n').flatMap((line) => {
    const match = /^(\S+)\s+\[.*?\]\s+\[(.*?)\]\s+\[(.*?)\]\s*$/.exec(line);
    if (!match) return [];
    const [, resource = '', names = '', verbs = ''] = match;
    return verbs
      .split(' ')
      .flatMap((verb) => (names === '' ? [''] : names.split(' ')).map((name) => ({ verb, resource, name })));
  });
}

export function uses(event: AuditEvent, right: Right): boolean {
  // Nobody asks for this one: the API server looks whether there is it when a request is approved.
  if (right.verb === 'approve')
    return uses(event, { ...APPROVAL, name: '' }) && event.responseStatus?.code === 200;
  const { resource, subresource, apiGroup, name } = event.objectRef ?? {};
  const written = `${resource}${apiGroup ? `.${apiGroup}` : ''}${subresource ? `/${subresource}` : ''}`;
  return (
    event.verb === right.verb && written === right.resource && (right.name === '' || right.name === name)
  );
}
